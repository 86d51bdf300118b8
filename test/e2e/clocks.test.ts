/** Servers and workers whose clocks are an hour ahead and an hour behind, on one database: its clock alone decides. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openOwnPostgres } from '../../src/adapters/own-postgres.ts';
import { call, createForm, errorOf, jobOf, readPhoto, waitForEnd } from '../helpers/api.ts';
import { queryOwnDatabase } from '../helpers/own-database.ts';
import { createInstallation, type Installation, type ServerProcess } from '../helpers/server.ts';

const HOUR_MS = 3600_000;
const JOBS = 6;
let installation: Installation;
let owner: Awaited<ReturnType<typeof openOwnPostgres>>;
let folders: string[];
let servers: ServerProcess[];
let started: ServerProcess[];
let key: string;

const shifted = (ms: number) => ({
  NODE_OPTIONS: `--import=${new URL('../helpers/shifted-clock.mjs', import.meta.url)}`,
  CLOCK_SHIFT_MS: String(ms),
});

/** Each in a folder of its own, as on a machine of its own. */
async function startBeside(args: readonly string[], shiftMs: number): Promise<ServerProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'remuvr-clock-'));
  folders.push(folder);
  const program = await installation.start(args, {
    DATA_DIR: folder,
    DATABASE_URL: owner.connectionString,
    STORAGE_URL: `file://${installation.dataDir}/objects`,
    ...shifted(shiftMs),
  });
  started.push(program);
  return program;
}

beforeAll(async () => {
  folders = [];
  started = [];
  // A result lives for half an hour: by either of the wrong clocks it would be gone, or stay for ever.
  installation = await createInstallation({ RESULT_TTL: '1800' });
  owner = await openOwnPostgres({ dataDir: installation.dataDir, role: 'server', log: () => {} });
  key = await installation.createKey('--plan', 'enterprise', '--account', 'acme');
  servers = [
    await startBeside(['serve', '--no-worker'], HOUR_MS),
    await startBeside(['serve', '--no-worker'], -HOUR_MS),
  ];
  await startBeside(['worker'], HOUR_MS);
  await startBeside(['worker'], -HOUR_MS);
});
afterAll(async () => {
  // Before its folder goes, for its locks are there.
  await Promise.all((started ?? []).map((each) => each.stop()));
  await owner?.stop();
  await installation?.dispose();
  await Promise.all((folders ?? []).map((folder) => rm(folder, { recursive: true, force: true })));
});

test('every job is taken once, ends once, is charged once in the month of the database, and its result is there', async () => {
  const photo = await readPhoto('rocket.jpg');
  const sent = await Promise.all(
    Array.from({ length: JOBS }, async (_, i) => {
      const server = servers[i % 2] as ServerProcess;
      const body = createForm({ bytes: photo });
      return jobOf(await call(server, '/v1/remove?async=true', { method: 'POST', key, body })).id;
    }),
  );
  for (const id of sent) {
    const job = await waitForEnd(servers[0] as ServerProcess, key, id);
    expect(job.status).toBe('completed');
    const link = new URL(job.status === 'completed' ? job.result : '');
    for (const { url } of servers) expect((await fetch(url + link.pathname)).status).toBe(200);
  }
  const taken = await queryOwnDatabase(
    installation,
    `select attempt, abs(extract(epoch from completed_at - clock_timestamp())) < 600 as is_now,
      round(extract(epoch from expires_at - completed_at)) = 1800 as is_ttl from jobs`,
  );
  expect(taken).toEqual(Array.from({ length: JOBS }, () => ({ attempt: 1, is_now: true, is_ttl: true })));
  const charged = await queryOwnDatabase(
    installation,
    `select count(*)::int as n from ledger where entry = 'charge' and period = date_trunc('month', now() at time zone 'utc')`,
  );
  expect(charged).toEqual([{ n: JOBS }]);
  await installation.run('audit');
});

test('a rate is one rate, though the clocks of two servers are two hours apart', async () => {
  const slow = await installation.createKey('--plan', 'pro', '--account', 'slow', '--rps', '1');
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) => call(servers[i % 2] as ServerProcess, '/v1/auth', { key: slow })),
  );
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThanOrEqual(5);
  for (const answer of refused) {
    expect(errorOf(answer).code).toBe('rate_limit_exceeded');
    expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(2);
  }
});
