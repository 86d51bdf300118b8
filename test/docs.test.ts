/** The pages are held to the code: a setting, code, endpoint, flag or model without its place in them fails here. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { addAccountsCommand } from '../src/cli/accounts.ts';
import { addBackupCommands } from '../src/cli/backup.ts';
import { addImportCommand } from '../src/cli/import-removebg.ts';
import { addKeysCommand } from '../src/cli/keys.ts';
import { addMaintenanceCommands } from '../src/cli/maintenance.ts';
import { addMcpCommand } from '../src/cli/mcp.ts';
import { addModelsCommand } from '../src/cli/models.ts';
import { addRemoveCommand } from '../src/cli/remove.ts';
import { addServeCommand } from '../src/cli/serve.ts';
import { addWorkerCommand } from '../src/cli/worker.ts';
import { addWorkersCommand } from '../src/cli/workers.ts';
import { SETTINGS } from '../src/config.ts';
import { rembgParameters, removebgParameters } from '../src/contract/dialect-endpoints.ts';
import { ENDPOINTS } from '../src/contract/endpoints.ts';
import { ERROR_MESSAGES, type ErrorCode } from '../src/domain/errors.ts';
import { listModels } from '../src/domain/model.ts';
import { DEFAULT_PLANS, PLANS } from '../src/domain/plan.ts';
import { readPlans } from '../src/domain/plans-file.ts';
import { composeCycle } from '../src/domain/priority.ts';
import { ATTEMPT_ERRORS, MAX_SECRETS, WEBHOOK_EVENTS } from '../src/domain/webhook.ts';
import { EXPOSED_HEADERS } from '../src/http/cors.ts';
import { REMOVEBG_ERRORS } from '../src/http/dialects/removebg/codes.ts';
import { statusOf } from '../src/http/errors.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** Tables of pages are read without the spaces that line up their columns. */
function read(file: string): string {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  return file.endsWith('.md') ? text.replace(/^\s*\|.*\|$/gm, (row) => row.replace(/ {2,}/g, ' ')) : text;
}

function listPages(): string[] {
  const inDocs = readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
  const docs = inDocs.map((name) => path.posix.join('docs', name.split(path.sep).join('/')));
  return [
    'README.md',
    'ARCHITECTURE.md',
    'test/photos/README.md',
    'sdk/README.md',
    ...docs.filter((name) => name.endsWith('.md')).sort(),
  ];
}
const PAGES = listPages();

/** Prose without its fenced code. */
const proseOf = (markdown: string): string => markdown.replace(/^```[\s\S]*?^```/gm, '');

type Section = { readonly heading: string; readonly body: string };

/** The sections of the second level; deeper headings stay in their body. */
function sectionsOf(markdown: string): Section[] {
  const fenced = markdown.replace(/^```[\s\S]*?^```/gm, (code) => code.replace(/^#/gm, '\\#'));
  return fenced
    .split(/^## /m)
    .slice(1)
    .map((text) => ({ heading: text.slice(0, text.indexOf('\n')).trim(), body: text.slice(text.indexOf('\n')) }));
}

const headingsOf = (markdown: string): string[] =>
  [...proseOf(markdown).matchAll(/^#{1,6} +(.+)$/gm)].map((match) => (match[1] ?? '').trim());

/** As GitHub makes it: lower case, punctuation gone, spaces as hyphens. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

const squeeze = (text: string): string => text.replace(/\s+/g, ' ').trim();

describe('docs/configuration.md', () => {
  const sections = sectionsOf(read('docs/configuration.md'));

  test('has one heading for each setting, in their order, and no other', () => {
    expect(sections.map((section) => section.heading)).toEqual(Object.keys(SETTINGS));
  });

  test.each(Object.entries(SETTINGS))('%s says what its row says, and more', (name, row) => {
    const body = sections.find((section) => section.heading === name)?.body ?? '';
    const fallback = 'default' in row ? row.default : undefined;
    const [help = '', format = '', given = '', ...more] = body.trim().split(/\n\n|\n(?=- )/);
    expect(squeeze(help)).toBe(squeeze(row.help));
    expect(format).toBe(`- Format: ${row.format.describe}`);
    // A default that depends on the machine is told in words.
    if (typeof fallback === 'function') expect(given).toMatch(/^- Default: the [^`]+$/);
    else expect(given).toBe(`- Default: ${fallback === undefined ? 'none' : `\`${fallback}\``}`);
    expect(more.join('').length).toBeGreaterThan(20);
  });
});

describe('docs/errors.md', () => {
  const sections = sectionsOf(read('docs/errors.md'));

  test('has one heading for each code, in their order, and no other', () => {
    expect(sections.map((section) => section.heading)).toEqual(Object.keys(ERROR_MESSAGES));
  });

  test.each(Object.entries(ERROR_MESSAGES) as [ErrorCode, string][])(
    '%s has its status, its message, and what to do',
    (code, message) => {
      const body = sections.find((section) => section.heading === code)?.body ?? '';
      expect(body).toContain(`\n- Status: ${statusOf(code)}\n- Message: ${message}\n`);
      expect(body).toContain('**What to do:**');
    },
  );
});

describe('docs/api.md', () => {
  const page = read('docs/api.md');
  const sections = sectionsOf(page);
  const documented = sections.flatMap(
    (section) => section.heading.match(/\b(GET|POST|PUT|PATCH|DELETE) \/\S*[^\s,]/g) ?? [],
  );
  const inContract = ENDPOINTS.map(({ method, path: address }) => `${method.toUpperCase()} ${address}`);
  // The document and the page that shows it do not describe themselves.
  const beside = ['GET /openapi.json', 'GET /docs'];

  test('has a heading for each endpoint, and none for what is no endpoint', () => {
    expect([...documented].sort()).toEqual([...inContract, ...beside].sort());
  });

  test('the server answers exactly these', () => {
    const app = read('src/http/app.ts') + read('src/http/dialects/remuvr/batches.ts');
    const routes = [...app.matchAll(/method: '(GET|POST|DELETE)',\s*path: '([^']+)'/g)].map((m) => `${m[1]} ${m[2]}`);
    // With a slash behind it an address is the same page.
    const asTemplates = new Set(routes.map((route) => route.replace(/:(\w+)/g, '{$1}').replace(/\/$/, '')));
    expect([...asTemplates].sort()).toEqual([...documented].sort());
  });

  test.each(ENDPOINTS.map((endpoint) => [`${endpoint.method.toUpperCase()} ${endpoint.path}`, endpoint] as const))(
    '%s names its parameters and their values',
    (name, endpoint) => {
      const body = sections.find((section) => section.heading.split(', ').includes(name))?.body ?? '';
      for (const parameter of Object.keys(endpoint.query?.shape ?? {})) expect(body).toContain(`| \`${parameter}\` |`);
      const values = Object.values(endpoint.query?.shape ?? {}).flatMap((schema) => enumValues(schema));
      for (const value of values) expect(body).toContain(`\`${value}\``);
    },
  );

  test('names every header that a page of another origin may read', () => {
    const missing = EXPOSED_HEADERS.split(', ').filter(
      (header) => !page.includes(header) && !read('docs/errors.md').includes(header),
    );
    expect(missing).toEqual([]);
  });

  test('names every code that is refused with before the work, and only codes that there are', () => {
    const order = sections.find((section) => section.heading === 'Order of checks')?.body ?? '';
    const named = [...order.matchAll(/`([a-z_]+)`/g)].map((match) => match[1] ?? '');
    expect(named.filter((code) => !Object.hasOwn(ERROR_MESSAGES, code))).toEqual([]);
    expect(new Set(named).size).toBeGreaterThan(10);
  });
});

describe('docs/dashboard-api.md', () => {
  const routesOf = (text: string): string[] =>
    [...text.matchAll(/method: '([A-Z]+)',\s*path: '([^']+)'/g)].map(
      (match) => `${match[1]} ${(match[2] ?? '').replace(/:(\w+)/g, '{$1}')}`,
    );

  test('has a heading for each route of the dashboard, and none for what is no route', () => {
    const headings = sectionsOf(read('docs/dashboard-api.md')).flatMap(
      ({ heading }) => heading.match(/\b(GET|POST|PATCH|DELETE) \/\S*[^\s,]/g) ?? [],
    );
    expect(headings.sort()).toEqual(routesOf(read('src/http/dashboard/routes.ts')).sort());
  });
});

describe('docs/webhooks.md', () => {
  const page = read('docs/webhooks.md');

  test('has a row for each event, and no other', () => {
    const section = sectionsOf(page).find(({ heading }) => heading === 'The message')?.body ?? '';
    const named = [...section.matchAll(/^\| `(\w+\.\w+)` \|/gm)].map((match) => match[1] ?? '');
    expect(named.sort()).toEqual([...WEBHOOK_EVENTS].sort());
  });

  test('tells the schedule that holds without a setting, and how many secrets sign', () => {
    const schedule = 'after 5 seconds, 1 minute, 5 minutes, 30 minutes, 2, 5, 10 and 6.4 hours';
    expect(squeeze(page)).toContain(schedule);
    expect(SETTINGS.WEBHOOK_RETRIES.default).toBe('5,60,300,1800,7200,18000,36000,23000');
    expect(page).toContain(`At most ${MAX_SECRETS} sign at one time.`);
  });

  test('its log has every reason of an attempt without an answer', () => {
    const section = sectionsOf(read('docs/dashboard-api.md')).find(({ heading }) => heading === 'GET /api/webhooks');
    for (const code of Object.keys(ATTEMPT_ERRORS)) expect(section?.body).toContain(`\`${code}\``);
  });
});

describe('docs/migrate-from-removebg.md', () => {
  const sections = sectionsOf(read('docs/migrate-from-removebg.md'));
  const firstCells = (heading: string): string[] => {
    const body = sections.find((section) => section.heading === heading)?.body ?? '';
    const cells = [...body.matchAll(/^\| (`[^|]+`) \|/gm)].map((match) => match[1] ?? '');
    return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''));
  };

  test('has a row for each parameter that is read, and none for another', () => {
    const code = ['parameters', 'take-pictures'].map((name) => read(`src/http/dialects/removebg/${name}.ts`)).join();
    const named = [...code.matchAll(/(?:read|given)\(fields, '(\w+)'/g)].map((match) => match[1] ?? '');
    expect(firstCells('Parameters').sort()).toEqual([...new Set([...named, 'image_file'])].sort());
  });

  test('tells the parameters that the OpenAPI document tells', () => {
    const files = ['image_file', 'bg_image_file'];
    expect(firstCells('Parameters').sort()).toEqual([...Object.keys(removebgParameters.shape), ...files].sort());
  });

  test('has each code of the table, and no other', () => {
    expect(firstCells('Errors').sort()).toEqual(Object.keys(REMOVEBG_ERRORS).sort());
  });
});

describe('docs/rembg.md', () => {
  test('has a row for each parameter that is read, and the OpenAPI document has it too', () => {
    const page = read('docs/rembg.md');
    for (const name of ['file', ...Object.keys(rembgParameters.shape)]) {
      expect(page).toMatch(new RegExp(`^\\| [^|]*\`${name}\``, 'm'));
    }
  });
});

/** The values of an enum, also below its default. */
function enumValues(schema: unknown): string[] {
  const { options, def } = schema as { options?: string[]; def?: { innerType?: unknown } };
  if (Array.isArray(options)) return options;
  return def?.innerType ? enumValues(def.innerType) : [];
}

describe('the command line in docs/operations.md', () => {
  const table =
    sectionsOf(read('docs/operations.md')).find((section) => section.heading === 'The command line')?.body ?? '';
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  const program = new Command('remuvr');
  for (const add of [addServeCommand, addWorkerCommand, addRemoveCommand, addModelsCommand]) add(program);
  for (const add of [
    addWorkersCommand,
    addKeysCommand,
    addAccountsCommand,
    addMaintenanceCommands,
    addBackupCommands,
    addImportCommand,
    addMcpCommand,
  ])
    add(program);
  const commands = program.commands.flatMap((verb) =>
    verb.commands.length > 0
      ? verb.commands.map((sub) => [`${verb.name()} ${sub.name()}`, sub] as const)
      : [[verb.name(), verb] as const],
  );

  test.each(commands)('%s has its row, with each flag and no other', (name, command) => {
    const row = rows.find((line) => line.startsWith(`| \`${name}\``) || line.startsWith(`| \`${name} `)) ?? '';
    expect(row).not.toBe('');
    const flags = command.options.map((option) => option.long ?? '');
    const documented = [...row.matchAll(/--[a-z][a-z-]*/g)].map(([flag]) => flag);
    expect([...new Set(documented)].sort()).toEqual(flags.sort());
  });

  test('has no row for a verb that is not there', () => {
    // `keys revoke KEY-OR-ID`: the words before the arguments.
    const named = rows.map((row) => /^\| `((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)*)/.exec(row)?.[1]);
    expect(named.filter((name) => !commands.some(([known]) => known === name))).toEqual([]);
    expect(named).toHaveLength(commands.length);
  });

  test('is that of the program itself', () => {
    const help = execFileSync(path.join(ROOT, 'bin/remuvr'), ['--help'], { encoding: 'utf8' });
    const verbs = [...(help.split('Commands:')[1] ?? '').matchAll(/^ {2}([a-z][a-z-]*)/gm)].map((match) => match[1]);
    expect(verbs.filter((verb) => verb !== 'help').sort()).toEqual(program.commands.map((verb) => verb.name()).sort());
  });

  test('every `remuvr …` of every page is a command, with flags that it has', () => {
    const wrong = PAGES.flatMap((page) =>
      [...read(page).matchAll(/(?:bin\/)?\bremuvr ((?:[a-z][a-z-]* ?){1,2})([^\n`|]*)/g)]
        .filter(([whole]) =>
          /^(bin\/)?remuvr (serve|worker|workers|remove|import-removebg|mcp|models|keys|accounts|migrate|doctor|audit|backup|restore)\b/.test(
            whole,
          ),
        )
        .filter(([, words = '', rest = '']) => !isCommand(words.trim(), rest))
        .map(([whole]) => `${page}: ${whole}`),
    );
    expect(wrong).toEqual([]);
  });

  function isCommand(words: string, rest: string): boolean {
    const found = commands.find(([name]) => words === name || words.startsWith(`${name} `));
    // "remuvr keys" alone, in prose.
    if (!found) return program.commands.some((verb) => verb.name() === words);
    const known = found[1].options.flatMap((option) => [option.long, option.short]);
    const used = [...rest.matchAll(/(?:^|\s)(--?[a-z][a-z-]*)/g)].map((match) => match[1]);
    return used.every((flag) => known.includes(flag));
  }
});

describe('docs/models.md', () => {
  const page = read('docs/models.md');

  test.each(listModels().map((model) => [model.name, model] as const))(
    '%s has its licence and its checksum',
    (name, model) => {
      const rows = page.split('\n').filter((line) => line.startsWith(`| \`${name}\``));
      const { license, checksum } = model;
      expect(rows.some((row) => row.includes(`[${license.name}](${license.url})`))).toBe(true);
      expect(rows.some((row) => /\| yes \|$/.test(row))).toBe(license.isCommercialUseAllowed);
      expect(rows.some((row) => row.includes(`\`${checksum?.hex}\``))).toBe(true);
      for (const source of model.sources) {
        if (source.kind === 'npm') expect(page).toContain(`${source.package}@${source.version}`);
        if (source.kind === 'npm') expect(page).toContain(source.joined.hex);
      }
    },
  );

  test('has no row for a model that is not in the table', () => {
    const table = sectionsOf(page).find((section) => section.heading === 'The table')?.body ?? '';
    const named = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]);
    const header = named.filter((name) => name !== 'MODEL');
    expect(header.sort()).toEqual(
      listModels()
        .map((model) => model.name)
        .sort(),
    );
  });
});

describe('docs/plans.md', () => {
  const page = read('docs/plans.md');

  test('has a row for each member of a plan, and none for what no plan has', () => {
    const section = sectionsOf(page).find(({ heading }) => heading === 'The members')?.body ?? '';
    const named = [...section.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]);
    expect(named.sort()).toEqual(Object.keys(PLANS.pro).sort());
  });

  test('has an example that is read, and does what the page says', () => {
    const reading = readPlans(/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '');
    if (reading.kind === 'refused') throw new Error(reading.problem);
    expect([...reading.plans.keys()]).toEqual(['free', 'starter', 'pro', 'business', 'enterprise']);
    expect(reading.plans.get('pro')).toMatchObject({ title: 'Studio', price: { amount: 19, currency: 'EUR' } });
    expect(reading.plans.get('business')).toEqual({ ...PLANS.business, isHidden: true });
    expect(Object.keys(reading.plans.get('starter') ?? {}).sort()).toEqual(Object.keys(PLANS.pro).sort());
  });

  test('says the built-in priorities and turns', () => {
    const { free, pro, business, enterprise } = PLANS;
    const inWords = (member: 'priority' | 'turns') =>
      `${free[member]}, ${pro[member]}, ${business[member]} and ${enterprise[member]}`;
    expect(squeeze(page)).toContain(`priorities are ${inWords('priority')}, the built-in turns ${inWords('turns')}.`);
  });
});

describe('plans', () => {
  const inWords = (count: number): string => count.toLocaleString('en-US');

  test.each(['README.md', 'docs/api.md'])('%s has their numbers', (page) => {
    const text = read(page);
    for (const [name, plan] of Object.entries(PLANS)) {
      const row = text.split('\n').find((line) => new RegExp(`^\\s*\\| ${name}\\b`).test(line)) ?? '';
      for (const limit of [plan.monthlyRemovals, plan.requestsPerSecond, plan.maxFileSize])
        expect(row).toContain(inWords(limit));
      expect(row.includes('custom')).toBe(plan.hasCustomLimits);
      expect(row.includes('test keys only')).toBe(!plan.hasLiveKeys);
    }
  });

  test('have the turns that the pages state', () => {
    const turns = composeCycle(DEFAULT_PLANS);
    const count = (priority: number): number => turns.filter((turn) => turn === priority).length;
    const { enterprise, business, pro, free } = PLANS;
    const [e, b, p, f] = [enterprise, business, pro, free].map((plan) => count(plan.priority));
    expect(squeeze(read('docs/operations.md'))).toContain(
      `a cycle of ${turns.length} turns: ${e} of enterprise, ${b} of business, ${p} of pro, ${f} of free`,
    );
    expect(squeeze(read('docs/api.md'))).toContain(
      `of ${turns.length} jobs that a worker takes, at least ${e} are of enterprise, ${b} of business, ${p} of pro and ${f} of free`,
    );
  });
});

describe('every page', () => {
  test.each(PAGES)('%s: its links lead somewhere', (page) => {
    const broken = [...proseOf(read(page)).matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1] ?? '')
      .filter((target) => !/^(https?|mailto):/.test(target))
      .filter((target) => !leadsSomewhere(page, target));
    expect(broken).toEqual([]);
  });

  test.each(PAGES)('%s: the files that it names are there', (page) => {
    const named = [...read(page).matchAll(/`((?:src|test|docs|scripts|bin)\/[\w./-]+)`/g)].map(
      (match) => match[1] ?? '',
    );
    expect(named.filter((name) => !existsSync(path.join(ROOT, name)))).toEqual([]);
  });

  test.each(PAGES)('%s: its npm scripts are those of package.json', (page) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const used = [...read(page).matchAll(/\bnpm (?:run ([a-z][a-z:-]*)|(start|test))\b/g)].map(
      (m) => m[1] ?? m[2] ?? '',
    );
    expect(used.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  test.each(PAGES)('%s: its settings are settings', (page) => {
    const used = [...read(page).matchAll(/(?<![\w/#-])([A-Z]+(?:_[A-Z]+)+|PORT|HOST|MODEL)=/g)].map(
      (match) => match[1] ?? '',
    );
    expect(used.filter((name) => !Object.hasOwn(SETTINGS, name))).toEqual([]);
  });

  test.each(PAGES)('%s: tells nothing of a machine that it was written on', (page) => {
    const text = read(page);
    // A registry is the reader's own; folders of one machine mean nothing on another.
    const forbidden =
      /(^|[\s`"'(=])\/(work|home|root|tmp|Users)\/|registry\.npmjs|\.(internal|local)\b|127\.0\.0\.1:\d|rmv_(live|test)_[0-9A-Za-z]{27}/;
    expect(forbidden.exec(text)?.[0]).toBeUndefined();
  });

  test('of docs is reached from the README', () => {
    const readme = read('README.md');
    const unreached = PAGES.filter((page) => /^docs\/[^/]+\.md$/.test(page) && !readme.includes(`](${page})`));
    expect(unreached).toEqual([]);
  });

  test('of decisions has context, decision, consequences and confirmation', () => {
    const decisions = PAGES.filter((page) => page.startsWith('docs/adr/'));
    expect(decisions.length).toBeGreaterThanOrEqual(5);
    for (const page of decisions) {
      const headings = sectionsOf(read(page)).map((section) => section.heading);
      expect([page, ...headings]).toEqual([page, 'Context', 'Decision', 'Consequences', 'Confirmation']);
      const number = Number(/\/(\d{4})-/.exec(page)?.[1]);
      expect(read(page)).toMatch(new RegExp(`^# ${number}\\. `));
    }
  });
});

function leadsSomewhere(page: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const found = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
  if (!existsSync(path.join(ROOT, found))) return false;
  if (anchor === undefined) return true;
  return statSync(path.join(ROOT, found)).isFile() && headingsOf(read(found)).map(anchorOf).includes(anchor);
}

describe('README.md', () => {
  const readme = read('README.md');

  test('has the published samples as they are published', () => {
    const host = 'http://localhost:8080';
    for (const sample of [
      `curl -H "Authorization: Bearer YOUR_API_KEY" ${host}/v1/auth`,
      `curl -X POST -H "Authorization: Bearer YOUR_API_KEY" -F "file=@image.jpg" ${host}/remove`,
      `curl -H "Authorization: Bearer YOUR_API_KEY" ${host}/v1/status/550e8400-e29b-41d4-a716-446655440000`,
      `curl -H "Authorization: Bearer YOUR_API_KEY" ${host}/v1/usage`,
    ]) {
      expect(readme.split('\n')).toContain(sample);
    }
  });

  test('shows what the server prints', () => {
    const serve = read('src/cli/serve.ts');
    const greeting = /stdout\.write\(`\n([\s\S]*?)\n\n?`\)/.exec(serve)?.[1] ?? '';
    const printed = greeting.replace(/\$\{url\}/g, 'http://localhost:8080').trim();
    expect(printed.length).toBeGreaterThan(100);
    expect(readme).toContain(printed);
  });

  test('asks for the Node that package.json asks for', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    expect(readme).toContain(`Node ${engines.node.replace('>=', '')} or newer`);
  });

  test('has its picture, and it is light enough to load at once', () => {
    const picture = /!\[[^\]]+\]\(([^)]+)\)/.exec(readme)?.[1] ?? '';
    expect(statSync(path.join(ROOT, picture)).size).toBeLessThan(400_000);
  });
});
