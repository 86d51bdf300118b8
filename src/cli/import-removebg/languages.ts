/** How each language writes an address that begins with a setting. */

export type Address = {
  /** Of the environment variable. */
  readonly setting: string;
  /** What the variable will hold. */
  readonly url: string;
};

/** A literal that began with remove.bg's origin: its prefix and quote, and what stood behind the origin. */
export type Literal = { readonly prefix: string; readonly quote: string; readonly rest: string };

export type Language = {
  readonly name: string;
  readonly files: RegExp;
  /** Undefined where the literal cannot be written so. */
  readonly join: (literal: Literal, setting: string) => string | undefined;
  /** Where only a constant may stand, so that no variable can be read: a declaration, an attribute, a default. */
  readonly constant?: RegExp;
  /** Opens a block of such declarations, which a `)` by itself closes. */
  readonly constants?: RegExp;
  /** What the file needs for it, where it is not there yet. */
  readonly needs?: { readonly line: string; readonly known: RegExp };
};

const plus =
  (read: (setting: string) => string, operator = ' + ') =>
  ({ quote, rest, prefix }: Literal, setting: string): string | undefined =>
    prefix === '' ? `${read(setting)}${rest === '' ? '' : `${operator}${quote}${rest}${quote}`}` : undefined;

export const LANGUAGES: readonly Language[] = [
  {
    name: 'JavaScript',
    files: /\.([cm]?[jt]sx?|vue|svelte)$/,
    join({ quote, rest }, setting) {
      if (rest === '') return `process.env.${setting}`;
      const isPlain = quote === '`' || !/`|\$\{/.test(rest);
      return isPlain ? `\`\${process.env.${setting}}${rest}\`` : undefined;
    },
  },
  {
    name: 'Python',
    files: /\.py$/,
    join({ prefix, quote, rest }, setting) {
      if (!/^[fru]?$/i.test(prefix)) return undefined;
      return `os.environ['${setting}']${rest === '' ? '' : ` + ${prefix}${quote}${rest}${quote}`}`;
    },
    needs: { line: 'import os', known: /^\s*(import os\b|import .*\bos\b)/m },
  },
  { name: 'Ruby', files: /\.(rb|rake|ru)$/, join: plus((setting) => `ENV.fetch('${setting}')`) },
  {
    name: 'PHP',
    files: /\.php$/,
    join: plus((setting) => `getenv('${setting}')`, ' . '),
    constant: /\bconst\b|\b(public|protected|private|static|var|readonly)\b[^=;({]*\$\w+\s*=|\bfunction\b[^{;]*=/,
  },
  {
    name: 'Go',
    files: /\.go$/,
    join: plus((setting) => `os.Getenv("${setting}")`),
    constant: /^\s*const\b/,
    constants: /^\s*const\s*\(/,
    needs: { line: 'import "os"', known: /^\s*(import\s+)?"os"/m },
  },
  {
    name: 'Java',
    files: /\.(java|kt|kts)$/,
    join: plus((setting) => `System.getenv("${setting}")`),
    constant: /\bconst\s+val\b|@[\w.]+\s*\(|\bcase\b/,
  },
  {
    name: 'C#',
    files: /\.cs$/,
    join: plus((setting) => `System.Environment.GetEnvironmentVariable("${setting}")`),
    constant: /\bconst\b|^\s*\[\w+|\bcase\b|\bstring\??\s+\w+\s*=\s*[$@]*"[^"]*"\s*[,)]/,
  },
];

/** A shell expands no variable in single quotes. */
export function joinInShell(line: string, at: number, setting: string): string {
  const before = line.slice(0, at);
  const isSingle = (before.replace(/"[^"]*"/g, '').match(/'/g)?.length ?? 0) % 2 === 1;
  return isSingle ? `'"$${setting}"'` : `$${setting}`;
}

export const SHELL_FILES = /(\.(sh|bash|zsh)|(^|\/)(Makefile|Dockerfile|Procfile))$/;
/** Requests as they go over the wire, with the variables of the tools that send them. */
export const HTTP_FILES = /\.(http|rest)$/;
/** They hold values, and read none. */
export const VALUE_FILES = /(\.(ya?ml|json|toml|ini|properties|conf|cfg)|(^|\/)\.env[\w.-]*|\.env)$/;
export const ENV_FILES = /((^|\/)\.env[\w.-]*|\.env)$/;

type Package = { readonly name: string; readonly pattern: RegExp };

/** Packages that have the origin inside, and no setting for it. */
export const PACKAGES: readonly Package[] = [
  { name: 'the npm package remove.bg', pattern: /(from|require\(|import)\s*['"]remove\.bg['"]|"remove\.bg"\s*:/ },
  { name: 'a Python package for remove.bg', pattern: /^\s*(from|import) remove_?bg\b|^remove-?bg\b\s*([=<>~]|$)/ },
  { name: 'the Ruby gem remove_bg', pattern: /(gem|require)\s*\(?['"]remove_bg['"]/ },
  { name: 'a PHP package for remove.bg', pattern: /use \w+\\Remove_?Bg\b|"[\w-]+\/remove-?bg(-php)?"\s*:/i },
  {
    name: 'a Go module for remove.bg',
    pattern:
      /^\s*((import|require)\s+)?([\w.]+\s+)?"?([\w-]+\.)+\w+\/(remove-bg\/go|[\w.-]+\/(go-)?remove-?bg(-go)?)(\/[\w/]+)?"?(\s+v|\s*$)/i,
  },
  {
    name: 'a package for remove.bg',
    pattern: /^\s*(using|import) [\w.]*remove_?bg[\w.]*;?\s*$|PackageReference Include="[\w.]*RemoveBg/i,
  },
];
