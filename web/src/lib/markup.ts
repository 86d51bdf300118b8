/** The little of Markdown that descriptions are written in: paragraphs, lists, code, links, stress. */

export type Part =
  | { readonly kind: 'text' | 'code' | 'strong'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string };

export type Block =
  | { readonly kind: 'paragraph'; readonly parts: readonly Part[] }
  | { readonly kind: 'list'; readonly isOrdered: boolean; readonly items: readonly (readonly Part[])[] }
  | { readonly kind: 'code'; readonly text: string };

const BULLET = /^\s*[-*]\s+/;
const NUMBER = /^\s*\d+[.)]\s+/;
const ITEM = /^\s*(?:[-*]|\d+[.)])\s+/;

export function parseMarkup(text: string): Block[] {
  return text
    .replace(/\r\n?/g, '\n')
    .split(/(^```[^\n]*\n[\s\S]*?^```$)/m)
    .flatMap((piece) => (piece.startsWith('```') ? [fencedCode(piece)] : piece.split(/\n\s*\n/).flatMap(parseBlock)));
}

const fencedCode = (piece: string): Block => ({
  kind: 'code',
  text: piece.slice(piece.indexOf('\n') + 1).replace(/\n?```$/, ''),
});

/** A list may follow its sentence without an empty line. */
function parseBlock(text: string): Block[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const start = lines.findIndex((line) => ITEM.test(line));
  const before = (start < 0 ? lines : lines.slice(0, start)).join(' ').trim();
  const paragraph: Block[] = before === '' ? [] : [{ kind: 'paragraph', parts: parseInline(before) }];
  if (start < 0) return paragraph;
  const items: string[] = [];
  for (const line of lines.slice(start)) {
    if (ITEM.test(line)) items.push(line.replace(ITEM, ''));
    else items.push(`${items.pop() ?? ''} ${line.trim()}`);
  }
  const isOrdered = NUMBER.test(lines[start] ?? '') && !BULLET.test(lines[start] ?? '');
  return [...paragraph, { kind: 'list', isOrdered, items: items.map(parseInline) }];
}

const INLINE = /(`+)(.+?)\1(?!`)|\[([^\]]+)\]\(([^\s)]+)\)|\*\*(.+?)\*\*|(https?:\/\/[^\s<>()]*[^\s<>().,;:!?])/g;

export function parseInline(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, , code, label, href, strong, address] = match;
    if (match.index > end) parts.push({ kind: 'text', text: text.slice(end, match.index) });
    end = match.index + whole.length;
    if (code !== undefined) parts.push({ kind: 'code', text: code.trim() });
    else if (strong !== undefined) parts.push({ kind: 'strong', text: strong });
    else if (address !== undefined) parts.push({ kind: 'link', text: address, href: address });
    else parts.push(linkOrText(label ?? '', href ?? ''));
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) });
  return parts;
}

/** Of an address that runs something, the words alone are left. */
const linkOrText = (text: string, href: string): Part =>
  /^(https?:\/\/|mailto:|\/(?!\/)|#)/i.test(href) ? { kind: 'link', text, href } : { kind: 'text', text };
