/** Guesses which of some names was meant, for a message that helps. */

/** Insertions, deletions and replacements that turn one word into the other (Levenshtein 1966). */
function countEdits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const replaced = (row[j] ?? 0) + (letter === to[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** At most three, nearest first: what was mistyped, or cut short. */
export function findNearNames(given: string, names: readonly string[]): string[] {
  // Longer than any name by far: nothing is near, and the table of edits would be as long.
  const word = given.toLowerCase().slice(0, 64);
  return names
    .map((name) => ({
      name,
      edits: countEdits(word, name),
      isPart: word.length > 2 && (name.includes(word) || word.includes(name)),
    }))
    .filter(({ name, edits, isPart }) => isPart || edits <= Math.max(2, Math.floor(name.length / 4)))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, 3)
    .map(({ name }) => name);
}
