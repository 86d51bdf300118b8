/** A file that speaks to remove.bg, as one that speaks to the address of a setting. */
import {
  type Address,
  ENV_FILES,
  HTTP_FILES,
  joinInShell,
  LANGUAGES,
  type Language,
  PACKAGES,
  SHELL_FILES,
  VALUE_FILES,
} from './languages.ts';

/** `lines`: what the line of that number becomes; from 0. */
export type Edit = { readonly at: number; readonly lines: readonly string[] };
/** What a person has to do; `line` from 1. */
export type Note = { readonly line: number; readonly text: string };
export type Rewriting = { readonly edits: readonly Edit[]; readonly notes: readonly Note[] };

const ORIGIN = /https?:\/\/api\.remove\.bg(?![\w.-])/g;
const LITERAL =
  /\b([rRbBuUfF]{0,2})(['"`])https?:\/\/api\.remove\.bg(?![\w.-])((?:(?!\2)[^\\]|\\.)*)\2|(['"`])https?:\/\/api\.remove\.bg(?![\w.-])((?:(?!\4)[^\\]|\\.)*)\4/g;
const HOST = /\bapi\.remove\.bg(?!\.?[\w-])/;

export function rewriteFile(file: string, text: string, address: Address): Rewriting {
  const before = text.split('\n');
  const language = LANGUAGES.find(({ files }) => files.test(file));
  const edits: Edit[] = [];
  const notes: Note[] = [];
  for (const [at, line] of before.entries()) {
    const after = language && isConstant(before, at, language) ? line : rewriteLine(file, line, language, address);
    if (after !== line) edits.push({ at, lines: [after] });
    const found = PACKAGES.find(({ pattern }) => pattern.test(line));
    if (found)
      notes.push({
        line: at + 1,
        text: `${found.name} has its address inside: send the request yourself, or use the client`,
      });
    if (HOST.test(after))
      notes.push({ line: at + 1, text: `this address cannot be changed by itself: ${after.trim()}` });
  }
  if (ENV_FILES.test(file)) addSetting(before, edits, address);
  if (language?.needs && edits.length > 0 && !language.needs.known.test(text)) addNeed(before, edits, language);
  return { edits: edits.sort((a, b) => a.at - b.at), notes };
}

function rewriteLine(file: string, line: string, language: Language | undefined, { setting, url }: Address): string {
  if (language) return rewriteLiterals(line, language, setting, MARKUP_FILES.test(file));
  if (SHELL_FILES.test(file)) return line.replace(ORIGIN, (_, at: number) => joinInShell(line, at, setting));
  if (HTTP_FILES.test(file)) return line.replace(ORIGIN, `{{${setting}}}`);
  return VALUE_FILES.test(file) ? line.replace(ORIGIN, url) : line;
}

function isConstant(lines: readonly string[], at: number, { constant, constants }: Language): boolean {
  if (constant?.test(lines[at] ?? '')) return true;
  const opened = constants ? lines.slice(0, at).findLastIndex((line) => constants.test(line)) : -1;
  return opened >= 0 && !lines.slice(opened, at).some((line) => /^\s*\)/.test(line));
}

/** There a literal behind `=` may be an attribute, which takes no expression. */
const MARKUP_FILES = /\.(jsx|tsx|vue|svelte)$/;

function rewriteLiterals(line: string, language: Language, setting: string, isMarkup: boolean): string {
  return line.replace(LITERAL, (whole: string, ...groups: unknown[]) => {
    const [prefix = '', first, rest, second, otherRest] = groups as (string | undefined)[];
    const quote = first ?? second ?? '';
    const before = line[(groups[5] as number) - 1];
    if (before === quote || (isMarkup && before === '=')) return whole;
    // Behind them C# has another kind of literal, of which they are a part.
    if (before === '$' || before === '@') return whole;
    return language.join({ prefix, quote, rest: rest ?? otherRest ?? '' }, setting) ?? whole;
  });
}

const KEY_LINE = /^\s*(export\s+)?REMOVE_?BG\w*\s*=/i;

/** Beside the key that is there already. */
function addSetting(before: readonly string[], edits: Edit[], { setting, url }: Address): void {
  if (before.some((line) => line.trim().startsWith(`${setting}=`))) return;
  const at = before.findIndex((line) => KEY_LINE.test(line));
  if (at < 0) return;
  const line = edits.find((edit) => edit.at === at)?.lines[0] ?? before[at] ?? '';
  const others = edits.filter((edit) => edit.at !== at);
  edits.splice(0, edits.length, ...others, { at, lines: [line, `${setting}=${url}${endOf(line)}`] });
}

/** Before the first import, or after `package`. */
function addNeed(before: readonly string[], edits: Edit[], { needs }: Language): void {
  if (!needs) return;
  const at = before.findIndex((line) => /^(import|from)\b(?! __future__)/.test(line));
  const place = at >= 0 ? at : before.findIndex((line) => /^package\b/.test(line)) + 1;
  const kept = edits.find((edit) => edit.at === place)?.lines ?? [before[place] ?? ''];
  const others = edits.filter((edit) => edit.at !== place);
  edits.splice(0, edits.length, ...others, { at: place, lines: [needs.line + endOf(kept[0]), ...kept] });
}

const endOf = (line = ''): string => (line.endsWith('\r') ? '\r' : '');

export function applyEdits(text: string, edits: readonly Edit[]): string {
  const changed = new Map(edits.map((edit) => [edit.at, edit.lines]));
  return text
    .split('\n')
    .flatMap((line, at) => changed.get(at) ?? [line])
    .join('\n');
}
