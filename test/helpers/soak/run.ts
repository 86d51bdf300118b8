/**
 * Many requests of every kind against one real server; afterwards each was answered as it must be, charges are the
 * successes, and nothing is left. Memory is read after the first requests and after all of them.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { MARK_KEY } from '../../../src/domain/storage-mark.ts';
import { queryOwnDatabase } from '../own-database.ts';
import { createInstallation, type Installation, until } from '../server.ts';
import { type Holdings, readHoldings, readSettled } from './memory.ts';
import { MIXES, type Mix, type Send, type Target } from './requests.ts';

export type SoakOptions = {
  readonly requests: number;
  /** Memory is held against that after so many; left out, it is not read. */
  readonly early?: number;
  readonly mix: Mix;
  /** Requests at once. */
  readonly width: number;
  readonly threads: number;
  readonly onProgress?: (done: number) => void;
};

export type SoakReport = {
  readonly seconds: number;
  readonly completed: number;
  readonly early: Holdings | undefined;
  readonly late: Holdings | undefined;
  /** Each a sentence. */
  readonly broken: readonly string[];
};

/** Short, so that what is left on the disk at the end is what nobody deletes. */
const RESULT_TTL_SECONDS = 20;

export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const installation = await createInstallation({
    LOG_LEVEL: 'error',
    THREADS: String(options.threads),
    RESULT_TTL: String(RESULT_TTL_SECONDS),
  });
  try {
    const server = await installation.start();
    const key = await installation.createKey('--plan', 'enterprise', '--account', 'soak');
    await installation.run('accounts', 'set-limits', 'soak', '--rps', '10000', '--monthly', '1000000');
    const read = () => readHoldings(server.process.pid ?? 0, installation.dataDir);
    const broken: string[] = [];
    const startedAt = performance.now();
    const sends = await MIXES[options.mix]();
    const target = { url: server.url, key };
    let early: Holdings | undefined;
    if (options.early !== undefined) {
      await sendRange({ sends, target, broken, options }, 0, options.early);
      early = await readIdle(installation, read);
    }
    await sendRange({ sends, target, broken, options }, options.early ?? 0, options.requests);
    const late = options.early === undefined ? undefined : await readIdle(installation, read);
    const seconds = (performance.now() - startedAt) / 1000;
    const { completed, wrong } = await lookAfter(installation);
    const code = await server.stop();
    const ends = code === 0 ? [] : [`the server ended with ${code}: ${server.log().slice(-500)}`];
    return { seconds, completed, early, late, broken: [...broken, ...wrong, ...ends] };
  } finally {
    await installation.dispose();
  }
}

type Sending = {
  readonly sends: readonly Send[];
  readonly target: Target;
  readonly broken: string[];
  readonly options: SoakOptions;
};

async function sendRange({ sends, target, broken, options }: Sending, from: number, end: number): Promise<void> {
  let next = from;
  const lane = async (): Promise<void> => {
    while (next < end) {
      const i = next++;
      const wrong = await (sends[i % sends.length] as Send)(target).catch((error: unknown) => String(error));
      if (wrong) broken.push(`request ${i}: ${wrong}`);
      options.onProgress?.(i + 1);
    }
  };
  await Promise.all(Array.from({ length: options.width }, lane));
}

const JOBS_UNDER_WAY = `select count(*)::int as n from jobs where status = 'processing'`;

/** Abandoned requests have their jobs still; what expires is deleted meanwhile, so that both readings are alike. */
async function waitForQuiet(installation: Installation): Promise<void> {
  await until('no job is under way', async () => {
    const [row] = await queryOwnDatabase(installation, JOBS_UNDER_WAY);
    return row?.n === 0;
  });
  await until('nothing is left on the disk', async () => (await findFiles(installation)).length === 0, 120_000);
}

async function readIdle(installation: Installation, read: () => Promise<Holdings>): Promise<Holdings> {
  await waitForQuiet(installation);
  return await readSettled(read);
}

async function findFiles({ dataDir }: Installation): Promise<string[]> {
  const root = path.join(dataDir, 'objects');
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return files.filter((file) => file !== path.join(root, MARK_KEY));
}

async function lookAfter(installation: Installation): Promise<{ completed: number; wrong: string[] }> {
  const wrong: string[] = [];
  await waitForQuiet(installation).catch(async (error: unknown) => {
    wrong.push(String(error), ...(await findFiles(installation)).map((file) => `${file} is left`));
  });
  const count = `select count(*) filter (where status = 'completed')::int as completed from jobs`;
  const charged = `select count(*) filter (where entry = 'charge')::int as charges from ledger`;
  const queued = `select count(*)::int as n from pgboss.job where name = 'removal' and state in ('created', 'retry', 'active')`;
  const [jobs] = await queryOwnDatabase(installation, count);
  const [ledger] = await queryOwnDatabase(installation, charged);
  const [queue] = await queryOwnDatabase(installation, queued);
  const { stdout } = await installation.run('accounts', 'list', '--json');
  const [account] = JSON.parse(stdout) as { usedThisMonth: number }[];
  const completed = Number(jobs?.completed);
  if (account?.usedThisMonth !== completed || Number(ledger?.charges) !== completed) {
    wrong.push(`${completed} successes, ${ledger?.charges} charges, ${account?.usedThisMonth} counted`);
  }
  if (queue?.n !== 0) wrong.push(`${queue?.n} jobs are left in the queue`);
  await installation.run('audit').catch((error: { stdout: string }) => wrong.push(`the audit says: ${error.stdout}`));
  return { completed, wrong };
}
