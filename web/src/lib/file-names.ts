/** `cat.jpg` becomes `cat-cutout.png`; where two would be called alike, the later ones are counted. */
export function resultName(name: string, extension: string, suffix = 'cutout'): string {
  const stem = name.replace(/^.*[/\\]/, '').replace(/\.[^.]*$/, '') || 'picture';
  return `${stem}-${suffix}.${extension}`;
}

export function uniqueNames(names: readonly string[], extension: string): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const wanted = resultName(name, extension);
    let free = wanted;
    for (let count = 2; taken.has(free); count += 1) free = wanted.replace(/\.([^.]*)$/, `-${count}.$1`);
    taken.add(free);
    return free;
  });
}
