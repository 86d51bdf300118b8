/** From send to start: how long a job waits where a worker is idle, by NOTIFY, in one process and from one to another. */
import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { queryOwnDatabase } from '../test/helpers/own-database.ts';
import { createInstallation, type Installation } from '../test/helpers/server.ts';
import { makePhoto } from './bench-server.ts';
import { AIMS, percentile, printFinding } from './findings.ts';

const PLACES = {
  'in one process': [['serve']],
  'to another process': [['serve', '--no-worker'], ['worker']],
} as const;

export async function benchWake(jobs: number): Promise<void> {
  for (const [place, programs] of Object.entries(PLACES)) {
    const installation = await createInstallation({ LOG_LEVEL: 'error', THREADS: String(availableParallelism()) });
    try {
      const [server] = await startAll(installation, programs);
      await queryOwnDatabase(installation, NOTE_SENDS);
      await removeOneByOne(installation, server ?? '', jobs);
      printWaits(place, await readWaits(installation));
    } finally {
      await installation.dispose();
    }
  }
}

async function startAll(installation: Installation, programs: readonly (readonly string[])[]): Promise<string[]> {
  const urls: string[] = [];
  for (const program of programs) urls.push((await installation.start(program)).url);
  return urls;
}

/** Until the worker has tidied up after the job before, and is idle. */
const PAUSE_MS = 100;

async function removeOneByOne(installation: Installation, url: string, jobs: number): Promise<void> {
  const key = await installation.createKey('--plan', 'enterprise');
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'image/jpeg' };
  const body = new Uint8Array(await makePhoto([320, 240]));
  for (let i = 0; i < jobs; i++) {
    const answer = await fetch(`${url}/remove?quality=fast`, { method: 'POST', headers, body });
    if (answer.status !== 200) throw new Error(`the server answered ${answer.status}`);
    await answer.arrayBuffer();
    await setTimeout(PAUSE_MS);
  }
}

/** When a job was put into the queue, by the clock of PostgreSQL: the columns of its row have the time of the transaction. */
const NOTE_SENDS = `
  create table bench_sends (id uuid primary key, at timestamptz not null default clock_timestamp());
  create function note_send() returns trigger language plpgsql as
    $$ begin insert into bench_sends (id) values (new.id); return null; end $$;
  create trigger note_sends after insert on pgboss.job_common for each row execute function note_send()`;

type Wait = { readonly sinceSent: number; readonly sinceBegin: number };

/**
 * Milliseconds to the statement by which a worker begins the job: since the one that put it into the queue, which is before
 * the commit, and since the begin of its transaction, which also reserves, and writes the job and the ledger.
 */
async function readWaits(installation: Installation): Promise<Wait[]> {
  const since = (moment: string) => `(extract(epoch from started_at - ${moment}) * 1000)::float8`;
  const rows = await queryOwnDatabase(
    installation,
    `select ${since('at')} as sent, ${since('created_at')} as begun from jobs join bench_sends using (id) order by at`,
  );
  // The first meets connections and plans of statements that are not there yet.
  return rows.slice(1).map(({ sent, begun }) => ({ sinceSent: Number(sent), sinceBegin: Number(begun) }));
}

function printWaits(place: string, waits: readonly Wait[]): void {
  const [sent, begun] = [waits.map(({ sinceSent }) => sinceSent), waits.map(({ sinceBegin }) => sinceBegin)];
  for (const [name, share] of [
    ['median', 0.5],
    ['p99', 0.99],
  ] as const) {
    const whole = `ms; ${waits.length} jobs; ${percentile(begun, share).toFixed(1)} since the begin of the transaction`;
    printFinding(`send to start ${place}, ${name}`, percentile(sent, share), AIMS.wake, whole);
  }
}
