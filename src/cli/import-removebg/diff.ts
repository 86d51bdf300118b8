/** Edits as a unified diff, that `patch -p1` and `git apply` take. */
import type { Edit } from './rewrite.ts';

const CONTEXT_LINES = 3;

export function formatDiff(file: string, text: string, edits: readonly Edit[]): string {
  const lines = text.split('\n');
  const hasLastNewline = lines.at(-1) === '';
  if (hasLastNewline) lines.pop();
  let shift = 0;
  const hunks = groupEdits(edits).map((group) => {
    const start = Math.max(0, (group[0]?.at ?? 0) - CONTEXT_LINES);
    const end = Math.min(lines.length, (group.at(-1)?.at ?? 0) + CONTEXT_LINES + 1);
    const body: string[] = [];
    let added = 0;
    for (let at = start; at < end; at++) {
      const line = lines[at] ?? '';
      const edit = group.find((one) => one.at === at);
      if (!edit) body.push(` ${line}`);
      else body.push(...formatEdit(line, edit));
      if (!hasLastNewline && at === lines.length - 1) body.push('\\ No newline at end of file');
      added += edit ? edit.lines.length - 1 : 0;
    }
    const head = `@@ -${start + 1},${end - start} +${start + 1 + shift},${end - start + added} @@`;
    shift += added;
    return [head, ...body].join('\n');
  });
  return `--- a/${file}\n+++ b/${file}\n${hunks.join('\n')}\n`;
}

/** A line that stays is not taken away and given back. */
function formatEdit(line: string, { lines }: Edit): string[] {
  const kept = lines.indexOf(line);
  if (kept < 0) return [`-${line}`, ...lines.map((one) => `+${one}`)];
  return lines.map((one, i) => `${i === kept ? ' ' : '+'}${one}`);
}

/** Those whose context would touch are one hunk. */
function groupEdits(edits: readonly Edit[]): Edit[][] {
  const groups: Edit[][] = [];
  for (const edit of edits) {
    const last = groups.at(-1);
    const isNear = last && edit.at - (last.at(-1)?.at ?? 0) <= 2 * CONTEXT_LINES;
    if (isNear) last.push(edit);
    else groups.push([edit]);
  }
  return groups;
}
