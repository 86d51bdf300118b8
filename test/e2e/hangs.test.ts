/** What hangs without dying: a worker, or a child, that is stopped in the middle of a job by SIGSTOP. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { call, createEnterprise, createForm, jobOf, readPhoto, waitForEnd } from '../helpers/api.ts';
import { queryOwnDatabase } from '../helpers/own-database.ts';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';
import { pipelineChildrenOf } from '../helpers/soak/memory.ts';

let installation: Installation;
let server: ServerProcess;
let key: string;

beforeEach(async () => {
  installation = await createInstallation({ JOB_TIMEOUT: '25' });
  server = await installation.start(['serve', '--no-worker']);
  key = await createEnterprise(installation, 'acme');
});
afterEach(async () => await installation?.dispose());

async function submit(): Promise<string> {
  const body = createForm({ bytes: await readPhoto('astronaut.png') });
  return jobOf(await call(server, '/v1/remove?async=true&quality=best', { method: 'POST', key, body })).id;
}

const hasBegun = (worker: ServerProcess, id: string) =>
  until('a worker has begun the job', async () => {
    const [row] = await readJobs(id);
    return row?.attempt === 1 && worker.process.exitCode === null;
  });

const readJobs = (id: string) => queryOwnDatabase(installation, `select attempt, status from jobs where id = '${id}'`);
const entriesOf = async (id: string) =>
  (await queryOwnDatabase(installation, `select entry::text from ledger where job_id = '${id}' order by seq`)).map(
    ({ entry }) => entry,
  );

test('the job of a worker that hangs goes to another after its lease, and what the first says later changes nothing', async () => {
  const first = await installation.start(['worker']);
  const id = await submit();
  await hasBegun(first, id);
  first.process.kill('SIGSTOP');
  const second = await installation.start(['worker']);
  const job = await waitForEnd(server, key, id);
  const link = job.status === 'completed' ? job.result : '';
  const before = await fetch(link);
  expect([before.status, await readJobs(id)]).toEqual([200, [{ attempt: 2, status: 'completed' }]]);
  const bytes = Buffer.from(await before.arrayBuffer());

  first.process.kill('SIGCONT');
  // It ends what it had begun, and takes the next.
  const next = await submit();
  expect((await waitForEnd(server, key, next)).status).toBe('completed');
  expect([await first.stop(), await second.stop()]).toEqual([0, 0]);
  expect(Buffer.from(await (await fetch(link)).arrayBuffer()).equals(bytes)).toBe(true);
  expect(await readJobs(id)).toEqual([{ attempt: 2, status: 'completed' }]);
  expect([await entriesOf(id), await entriesOf(next)]).toEqual([
    ['reserve', 'charge'],
    ['reserve', 'charge'],
  ]);
  await installation.run('audit');
});

test('a child that hangs is ended when its time is up, and its job is done by its successor', async () => {
  const worker = await installation.start(['worker']);
  const [child = 0] = await pipelineChildrenOf(worker.process.pid ?? 0);
  process.kill(child, 'SIGSTOP');
  const job = await waitForEnd(server, key, await submit());
  expect(job.status).toBe('completed');
  expect(worker.log()).toContain('It took longer than 25 s.');
  expect(await pipelineChildrenOf(worker.process.pid ?? 0)).not.toContain(child);
  await installation.run('audit');
});
