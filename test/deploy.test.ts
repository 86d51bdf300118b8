/** The files of deploy/ are held to the code, as far as that goes without what runs them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { bytesOfJob, OF_A_START } from '../src/cli/doctor/disk.ts';
import { parseConfig, SETTINGS } from '../src/config.ts';
import { FIRST_SERIES, MEASURES } from '../src/domain/metrics.ts';
import { loadPlans } from '../src/platform/plans.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

const files = readdirSync(path.join(ROOT, 'deploy'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
const yamls = files.filter((file) => /\.ya?ml$/.test(file));

type Node = { [key: string]: Node } & Node[] & string;
const documentsOf = (file: string): Node[] =>
  parseAllDocuments(read(file), { merge: true, uniqueKeys: true }).map((document) => {
    expect(document.errors, file).toEqual([]);
    return document.toJS() as Node;
  });

const compose = (file: string): Node => documentsOf(`deploy/${file}`)[0]?.services as unknown as Node;
const cluster = compose('compose.cluster.yaml');
const single = compose('compose.yaml');
const pods = ['serve', 'worker'].map((role) => documentsOf(`deploy/kubernetes/${role}.yaml`)[0] as Node);
const containerOf = (deployment: Node): Node => deployment.spec?.template?.spec?.containers?.[0] as Node;

test.each(yamls)('%s is YAML without a key twice', (file) => {
  expect(documentsOf(file).length).toBeGreaterThan(0);
});

describe('a setting that is named', () => {
  const named: [string, string][] = [
    ...[single.remuvr, cluster.serve, cluster.worker].flatMap((service) =>
      Object.keys(service?.environment ?? {}).map((name): [string, string] => ['compose', name]),
    ),
    ...pods.flatMap((pod) =>
      [...(containerOf(pod).env as Node[])].map(({ name }): [string, string] => ['kubernetes', String(name)]),
    ),
    ...[...read('deploy/remuvr.service').matchAll(/^Environment=(\w+)=/gm)].map((m): [string, string] => [
      'systemd',
      m[1] ?? '',
    ]),
    ...[...read('deploy/Dockerfile').matchAll(/^ENV (.+)$/gm)].flatMap(([, line = '']) =>
      [...line.matchAll(/(\w+)=/g)].map((m): [string, string] => ['Dockerfile', m[1] ?? '']),
    ),
    ...[...read('deploy/kubernetes/kustomization.yaml').matchAll(/\b[A-Z]+(?:_[A-Z]+)+\b/g)].map(
      ([name]): [string, string] => ['kustomization', name],
    ),
  ];

  test('are many', () => expect(named.length).toBeGreaterThan(20));

  test.each(named.filter(([, name]) => name !== 'NODE_ENV'))('in %s, %s, is a setting', (_place, name) => {
    expect(Object.keys(SETTINGS)).toContain(name);
  });

  test('has a value that fits', () => {
    const values = Object.entries(cluster.serve?.environment ?? {}).map(([name, value]) => [
      name,
      String(value)
        .replace(/\$\{\w+:-([^}]*)\}/g, '$1')
        .replace(/\$\{\w+:\?\}/g, 'x'.repeat(40)),
    ]);
    expect(parseConfig(Object.fromEntries(values)).bucket).toMatchObject({
      name: 'remuvr',
      endpoint: 'http://minio:9000',
    });
  });
});

describe('ports', () => {
  const metricsPort = Number(cluster.serve?.environment?.METRICS_PORT);

  test('are those that are listened on', () => {
    const docker = read('deploy/Dockerfile');
    expect(docker).toContain(`PORT=${SETTINGS.PORT.default}`);
    expect(docker).toContain(`EXPOSE ${SETTINGS.PORT.default}`);
    expect(read('deploy/nginx.conf')).toContain(`http://serve:${SETTINGS.PORT.default}`);
    expect(read('deploy/Caddyfile')).toContain(`127.0.0.1:${SETTINGS.PORT.default}`);
    const job = documentsOf('deploy/prometheus.yml')[0]?.scrape_configs?.[0];
    expect(job?.dns_sd_configs?.[0]).toMatchObject({ names: ['serve', 'worker'], port: metricsPort });
    for (const pod of pods) {
      expect([...(containerOf(pod).env as Node[])].find(({ name }) => String(name) === 'METRICS_PORT')?.value).toBe(
        String(metricsPort),
      );
      expect([...(containerOf(pod).ports as Node[])]).toContainEqual({ name: 'metrics', containerPort: metricsPort });
    }
  });

  test('of the metrics are where workers are asked whether they live', () => {
    const worker = containerOf(pods[1] as Node);
    const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'].map((name) => worker[name]?.httpGet);
    expect(probes).toEqual([
      { path: '/healthz', port: 'metrics' },
      { path: '/readyz', port: 'metrics' },
      { path: '/healthz', port: 'metrics' },
    ]);
    expect(JSON.stringify(cluster.worker?.healthcheck?.test)).toContain("process.env.METRICS_PORT+'/readyz'");
  });

  test('of the metrics are not published', () => {
    for (const service of Object.values(cluster))
      expect(JSON.stringify(service?.ports ?? '')).not.toContain(String(metricsPort));
  });
});

test('the time to stop is longer than a server takes', () => {
  const needed = Number(SETTINGS.DRAIN_TIMEOUT.default) + 5;
  const graces = [single.remuvr, cluster.serve, cluster.worker].map((service) =>
    Number.parseInt(String(service?.stop_grace_period), 10),
  );
  const pod = pods.map((each) => Number(each.spec?.template?.spec?.terminationGracePeriodSeconds));
  const unit = Number(/TimeoutStopSec=(\d+)/.exec(read('deploy/remuvr.service'))?.[1]);
  for (const seconds of [...graces, ...pod, unit]) expect(seconds).toBeGreaterThan(needed);
});

test('the cluster has two servers, three workers, and every service that one of them waits for', () => {
  expect([cluster.serve?.deploy?.replicas, cluster.worker?.deploy?.replicas]).toEqual([2, 3]);
  expect(cluster.serve?.command).toEqual(['serve', '--no-worker']);
  const awaited = Object.values(cluster).flatMap((service) =>
    Array.isArray(service?.depends_on) ? [...service.depends_on] : Object.keys(service?.depends_on ?? {}),
  );
  expect(awaited.filter((name) => !Object.hasOwn(cluster, String(name)))).toEqual([]);
});

test('a worker has the cores of its threads, and for each of them the memory of a child', () => {
  const pod = containerOf(pods[1] as Node);
  const podThreads = [...(pod.env as Node[])].find(({ name }) => String(name) === 'THREADS')?.value;
  const workers = [
    [cluster.worker?.environment?.THREADS, cluster.worker?.deploy?.resources?.limits],
    [podThreads, pod.resources?.limits],
  ] as const;
  for (const [threads, limits] of workers) {
    expect(Number(limits?.cpus ?? limits?.cpu)).toBe(Number(threads));
    expect(Number.parseInt(String(limits?.memory), 10)).toBeGreaterThanOrEqual(2 * Number(threads));
  }
});

test('every file that a container is given is there', () => {
  const mounts = Object.values(cluster).flatMap((service) => [...((service?.volumes ?? []) as unknown as string[])]);
  const given = mounts.map((mount) => String(mount).split(':')[0] ?? '').filter((from) => from.startsWith('./'));
  expect(given.length).toBeGreaterThan(3);
  for (const from of given) expect(files.some((file) => file.startsWith(path.posix.join('deploy', from)))).toBe(true);
});

/** Of the process itself, by prom-client. */
const OF_NODE = ['process_resident_memory_bytes'];

describe('a query', () => {
  const dashboard = JSON.parse(read('deploy/grafana/dashboards/remuvr.json')) as {
    panels: { targets: { expr: string }[] }[];
  };
  const scaling = documentsOf('deploy/kubernetes/autoscaling.yaml')[0] as Node;
  const rules = [...(documentsOf('deploy/alerts.yml')[0]?.groups?.[0]?.rules ?? [])];
  const queries = [
    ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    String(scaling.spec?.triggers?.[0]?.metadata?.query),
    ...rules.map(({ expr }) => String(expr)).filter((expr) => !expr.startsWith('up')),
  ];

  test.each(queries)('%s asks for measures and labels that there are', (query) => {
    const names = [...query.matchAll(/\b(remuvr|process)_\w+/g)].map(([name]) =>
      name.replace(/_(bucket|sum|count)$/, ''),
    );
    expect(names.length).toBeGreaterThan(0);
    const known: readonly string[] = [...Object.keys(MEASURES), ...OF_NODE];
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
    const grouped = [...query.matchAll(/by \(([^)]*)\)/g)].flatMap((m) => (m[1] ?? '').split(', '));
    const filtered = [...query.matchAll(/[{,](\w+)=/g)].map((m) => m[1] ?? '');
    const labels = names.flatMap(
      (name): readonly string[] => (MEASURES as Record<string, { labels: readonly string[] }>)[name]?.labels ?? [],
    );
    expect([...grouped, ...filtered].filter((label) => ![...labels, 'le', 'instance'].includes(label))).toEqual([]);
  });

  test('that names a reason names one that there is', () => {
    const named = queries.flatMap((query) => [...query.matchAll(/(remuvr_\w+)\{reason!?="(\w+)"\}/g)]);
    expect(named.length).toBeGreaterThan(1);
    for (const [, name, reason] of named)
      expect(Object.entries(FIRST_SERIES)).toContainEqual([name, expect.arrayContaining([{ reason }])]);
  });

  test('of the disk asks for what a job may need, and for less than a first start', async () => {
    const rule = rules.find(({ alert }) => String(alert) === 'disk fills');
    const bytes = Number(/< (\S+)$/.exec(String(rule?.expr))?.[1]);
    const config = parseConfig({});
    expect(bytes).toBeGreaterThan(bytesOfJob(config, await loadPlans(config)));
    expect(bytes).toBeLessThan(OF_A_START);
  });

  test('of each alert stands in docs/operations.md, beside what to do', () => {
    expect(rules.length).toBeGreaterThan(3);
    const rows = read('docs/operations.md').split('\n');
    for (const { alert, expr, for: lasting } of rules) {
      const when = `\`${String(expr).replace('{job="remuvr"}', '')}\`${lasting ? ` for ${Number.parseInt(String(lasting), 10)} minutes` : ''} |`;
      expect(
        rows.filter((row) => row.startsWith(`| ${alert} | ${when}`.replace(' 1 minutes', ' a minute'))),
      ).toHaveLength(1);
    }
  });

  test('is there for each measure', () => {
    for (const name of Object.keys(MEASURES)) {
      expect(
        queries.some((query) => query.includes(name)),
        name,
      ).toBe(true);
    }
  });
});

test('docs/operations.md has a row for each measure, as the table has it', () => {
  const page = read('docs/operations.md').replace(/ {2,}/g, ' ');
  for (const [name, { kind, help, labels }] of Object.entries(MEASURES)) {
    const shown = labels.map((label) => `\`${label}\``).join(', ');
    expect(page).toContain(`| \`${name}\` | ${kind} | ${shown} | ${help} |`.replace(/ {2,}/g, ' '));
  }
});
