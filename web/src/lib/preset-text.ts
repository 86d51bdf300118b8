/** A preset as its owner writes it: like the query of a URL, but that `%`, `+` and `#` mean themselves. */

export const toPresetText = (parameters: Readonly<Record<string, string>>): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${name}=${value}`)
    .join(' & ');

/** What has no `=` is a parameter without a value, which the server refuses by its name. */
export function parsePresetText(text: string): Record<string, string> {
  const pairs = text
    .split('&')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
    .map((pair): [string, string] => {
      const at = pair.includes('=') ? pair.indexOf('=') : pair.length;
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    });
  return Object.fromEntries(pairs);
}
