/** kill -9 of a child, of the server, of its PostgreSQL, each in the middle of jobs: every accepted job ends once. */
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createInstallation, type Installation, PHOTOS, type ServerProcess, until } from '../helpers/server.ts';

const JOBS = 4;
let installation: Installation;

afterEach(async () => await installation?.dispose());

async function submit(server: ServerProcess, key: string): Promise<string> {
  const form = new FormData();
  form.set('file', new Blob([await readFile(path.join(PHOTOS, 'chelsea.png'))]), 'chelsea.png');
  const headers = { Authorization: `Bearer ${key}`, Prefer: 'respond-async' };
  const answer = await fetch(`${server.url}/remove`, { method: 'POST', headers, body: form });
  expect(answer.status).toBe(202);
  return ((await answer.json()) as { job: { id: string } }).job.id;
}

type JobView = { status: string; stage?: string; createdAt: string; completedAt?: string; result?: string };

async function readJob(server: ServerProcess, key: string, id: string): Promise<JobView | undefined> {
  const headers = { Authorization: `Bearer ${key}` };
  const answer = await fetch(`${server.url}/v1/status/${id}`, { headers }).catch(() => undefined);
  return answer?.status === 200 ? ((await answer.json()) as { job: JobView }).job : undefined;
}

/** Submits jobs, and waits until a worker has begun the first and not ended it. */
async function submitJobs(server: ServerProcess, key: string): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < JOBS; i++) ids.push(await submit(server, key));
  await until('a job is begun', async () => {
    const jobs = await Promise.all(ids.map((id) => readJob(server, key, id)));
    return jobs.some((job) => job?.status === 'processing' && job.stage === undefined);
  });
  return ids;
}

/** Every job completed once, its result there, one charge each, nothing reserved, no upload left, ledger clean. */
async function expectAllDone(server: ServerProcess, key: string, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const job = await until(`job ${id} ends`, async () => {
      const found = await readJob(server, key, id);
      return found?.status !== 'processing' && found;
    });
    expect(job.status).toBe('completed');
    expect((await fetch(job.result ?? '')).status).toBe(200);
  }
  const answer = await fetch(`${server.url}/v1/usage`, { headers: { Authorization: `Bearer ${key}` } });
  const { usage } = (await answer.json()) as { usage: { totalRequests: number } };
  expect(usage.totalRequests).toBe(ids.length);
  const { stdout } = await installation.run('audit', '--json');
  expect(JSON.parse(stdout)).toEqual({ entries: ids.length * 2, chains: [], periods: [], jobs: [] });
  await until('the uploads are deleted', async () => {
    return (await readdir(path.join(installation.dataDir, 'objects', 'uploads'))).length === 0;
  });
  expect(await readdir(path.join(installation.dataDir, 'objects', 'processed'))).toHaveLength(ids.length);
}

async function childrenOf(pid: number): Promise<{ pid: number; command: string }[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  const pids = text.trim().split(/\s+/).filter(Boolean).map(Number);
  return await Promise.all(
    pids.map(async (child) => {
      const command = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '');
      return { pid: child, command: command.replaceAll('\0', ' ') };
    }),
  );
}

async function pipelineChild(server: ServerProcess): Promise<number> {
  const children = await childrenOf(server.process.pid ?? 0);
  const child = children.find(({ command }) => command.includes('pipeline-child'));
  if (!child) throw new Error('there is no pipeline child');
  return child.pid;
}

async function postmasterPid(): Promise<number> {
  const text = await readFile(path.join(installation.dataDir, 'postgres', 'postmaster.pid'), 'utf8');
  return Number(text.split('\n')[0]);
}

/** A process that has ended and that nobody has asked for yet (state Z) is not alive. */
const isAlive = (pid: number): boolean => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.charAt(stat.lastIndexOf(')') + 2) !== 'Z';
  } catch {
    return false;
  }
};

test('a pipeline child that is killed in the middle of a job is replaced, and the job ends once', async () => {
  installation = await createInstallation();
  const server = await installation.start();
  const key = await installation.createKey('--plan', 'business');
  const ids = await submitJobs(server, key);
  process.kill(await pipelineChild(server), 'SIGKILL');
  await expectAllDone(server, key, ids);
  expect(await server.stop()).toBe(0);
});

test('a server that is killed in the middle of jobs leaves no child, and its successor ends them once', async () => {
  installation = await createInstallation();
  const first = await installation.start();
  const key = await installation.createKey('--plan', 'business');
  const ids = await submitJobs(first, key);
  const child = await pipelineChild(first);
  await first.kill();
  await until('the orphaned child ends', async () => !isAlive(child));
  const second = await installation.start();
  await expectAllDone(second, key, ids);
  expect(await second.stop()).toBe(0);
});

test('a PostgreSQL that is killed in the middle of jobs comes back, and every job ends once', async () => {
  installation = await createInstallation();
  const server = await installation.start();
  const key = await installation.createKey('--plan', 'business');
  const ids = await submitJobs(server, key);
  const before = await postmasterPid();
  process.kill(before, 'SIGKILL');
  await until('PostgreSQL is back', async () => (await postmasterPid().catch(() => before)) !== before);
  await expectAllDone(server, key, ids);
  expect(await server.stop()).toBe(0);
});

test('a client whose PostgreSQL is killed while it waits still gets its cutout', async () => {
  installation = await createInstallation();
  const server = await installation.start();
  const key = await installation.createKey('--plan', 'business');
  const form = new FormData();
  form.set('file', new Blob([await readFile(path.join(PHOTOS, 'coffee.png'))]), 'coffee.png');
  const headers = { Authorization: `Bearer ${key}` };
  const waiting = fetch(`${server.url}/remove`, { method: 'POST', headers, body: form });
  await until('the upload is accepted', async () => {
    return (await readdir(path.join(installation.dataDir, 'objects', 'uploads')).catch(() => [])).length === 1;
  });
  process.kill(await postmasterPid(), 'SIGKILL');
  const answer = await waiting;
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png']);
});

test('SIGTERM in the middle of jobs ends the server with 0 in time, with nothing left running and nothing lost', async () => {
  installation = await createInstallation({ DRAIN_TIMEOUT: '1' });
  const first = await installation.start();
  const key = await installation.createKey('--plan', 'business');
  const ids = await submitJobs(first, key);
  const left = { postmaster: await postmasterPid(), child: await pipelineChild(first) };
  const startedAt = Date.now();
  expect(await first.stop()).toBe(0);
  expect(Date.now() - startedAt).toBeLessThan(30_000);
  const alive = Object.entries(left).filter(([, pid]) => isAlive(pid));
  expect(alive, first.log()).toEqual([]);
  const second = await installation.start();
  await expectAllDone(second, key, ids);
});

test('a PostgreSQL that is killed again and again under a storm of requests never takes the server with it', async () => {
  installation = await createInstallation();
  const server = await installation.start(['serve', '--no-worker']);
  const key = await installation.createKey('--plan', 'enterprise', '--account', 'storm');
  await installation.run('accounts', 'set-limits', 'storm', '--rps', '100000');
  const headers = { Authorization: `Bearer ${key}` };
  const seen = new Set<number>();
  const pauses = new Set<string | null>();
  let isOver = false;
  const storm = Array.from({ length: 30 }, async () => {
    while (!isOver) {
      const answer = await fetch(`${server.url}/v1/usage`, { headers });
      await answer.arrayBuffer();
      seen.add(answer.status);
      if (answer.status === 503) pauses.add(answer.headers.get('retry-after'));
    }
  });
  for (const signal of ['SIGKILL', 'SIGINT', 'SIGKILL'] as const) {
    const before = await until('PostgreSQL serves', async () => {
      const answer = await fetch(`${server.url}/v1/usage`, { headers });
      await answer.arrayBuffer();
      return answer.status === 200 && (await postmasterPid());
    });
    process.kill(before, signal);
    await until('PostgreSQL is another one', async () => (await postmasterPid().catch(() => before)) !== before);
  }
  await until(
    'requests are answered again',
    async () => (await fetch(`${server.url}/v1/usage`, { headers })).status === 200,
  );
  isOver = true;
  await Promise.all(storm);
  expect([...seen].filter((status) => status !== 200 && status !== 503)).toEqual([]);
  expect([...pauses]).toEqual(['2']);
  expect(await server.stop()).toBe(0);
});

test('a worker beside the server keeps PostgreSQL until its jobs are done, though both are told to stop', async () => {
  installation = await createInstallation();
  const server = await installation.start(['serve', '--no-worker']);
  const key = await installation.createKey('--plan', 'business');
  const worker = await installation.start(['worker']);
  const ids = await submitJobs(server, key);
  expect(await Promise.all([server.stop(), worker.stop()])).toEqual([0, 0]);
  expect(worker.log()).not.toMatch(/uncaught|Unhandled|ENOENT|could not/);
  const successor = await installation.start();
  await expectAllDone(successor, key, ids);
  expect(await successor.stop()).toBe(0);
});
