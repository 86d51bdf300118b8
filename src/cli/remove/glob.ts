/** Patterns of files, for shells that hand them on as they are, and for cron. */

/** The folder before the first part that is a pattern, and the pattern of the paths below it. */
export type Glob = { readonly base: string; readonly pattern: RegExp };

export const isGlob = (text: string): boolean => /[*?[{]/.test(text);

/** `*` and `?` within a name, `**` over folders, `[ab]` and `{a,b}`. Names are compared without regard to case. */
export function parseGlob(text: string): Glob {
  const parts = text.replaceAll('\\', '/').split('/');
  const first = parts.findIndex(isGlob);
  const base = parts.slice(0, first).join('/');
  const pattern = parts
    .slice(first)
    .map(translatePart)
    .join('/')
    .replaceAll('**/', '(?:[^/]+/)*')
    .replaceAll('**', '.*');
  return { base: base === '' && text.startsWith('/') ? '/' : base || '.', pattern: new RegExp(`^${pattern}$`, 'i') };
}

function translatePart(part: string): string {
  if (part === '**') return part;
  let depth = 0;
  return part.replace(/\[!?[^\]]+\]|[\s\S]/g, (token) => {
    if (token.length > 1) return token.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    if (token === '{') depth++;
    if (token === '}') depth--;
    if (token === ',' && depth > 0) return '|';
    return TOKENS[token] ?? token.replace(/[.+^$()|[\]\\]/, '\\$&');
  });
}

const TOKENS: Readonly<Record<string, string>> = { '*': '[^/]*', '?': '[^/]', '{': '(?:', '}': ')' };
