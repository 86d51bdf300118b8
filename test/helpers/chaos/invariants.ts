/** What must hold when everything has ended, whatever was killed meanwhile. Each broken one is a sentence. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { openS3Storage } from '../../../src/adapters/s3-storage.ts';
import { sweepEndedJobs, sweepOrphanUploads } from '../../../src/services/sweep-objects.ts';
import { type Database, openDatabase } from '../../../src/store/database.ts';
import { s3Options } from '../s3-server.ts';
import type { Ended } from './clients.ts';
import { type Estate, MARK } from './estate.ts';

type JobRow = {
  readonly id: string;
  readonly status: string;
  readonly is_test: boolean;
  readonly error_code: string | null;
  readonly account: string;
  readonly result: string;
  readonly entries: string[];
};
export type Findings = {
  readonly completed: number;
  /** Of broken pictures. */
  readonly refused: number;
  /** Given up, because each worker that tried them was killed. */
  readonly givenUp: number;
  /** Of requests whose server was killed between the picture and the job: the sweep of an hour later deletes them. */
  readonly sweptUploads: number;
  readonly broken: string[];
};

/** What of an estate is looked at. */
type Seen = Pick<Estate, 'connectionString' | 'bucketUrl' | 'mark' | 'run'>;

export async function findBroken(estate: Seen, ended: readonly Ended[], jobs: number): Promise<Findings> {
  const database = openDatabase({ connectionString: estate.connectionString, maxConnections: 2, onLost: () => {} });
  try {
    const rows = await readJobs(database);
    const objects = await checkObjects(estate, database, rows);
    const broken = [
      ...checkEnds(rows, ended, jobs),
      ...(await checkQueue(database)),
      ...checkLedger(rows),
      ...(await checkCounters(estate, rows)),
      ...(await audit(estate)),
      ...objects.broken,
    ];
    const count = (code: string | null, status: string) =>
      rows.filter((row) => row.status === status && (code === null || row.error_code === code)).length;
    return {
      completed: count(null, 'completed'),
      refused: count('invalid_image', 'failed'),
      givenUp: count('processing_failed', 'failed'),
      sweptUploads: objects.swept,
      broken,
    };
  } finally {
    await database.destroy();
  }
}

async function readJobs(database: Database): Promise<JobRow[]> {
  const { rows } = await database.pool.query<JobRow>(
    `select j.id, j.status, j.is_test, j.error_code, a.name as account,
      j.result_name || '.' || (j.options->>'format') as result,
      array(select entry::text from ledger where job_id = j.id order by seq) as entries
    from jobs j join accounts a on a.id = j.account_id`,
  );
  return rows;
}

function checkEnds(rows: readonly JobRow[], ended: readonly Ended[], jobs: number): string[] {
  const seen = new Map(ended.map(({ id, status }) => [id, status]));
  const broken = rows
    .filter(({ id, status }) => seen.get(id) !== status)
    .map(({ id, status }) => `job ${id} is ${status}, and its caller saw ${seen.get(id) ?? 'nothing'}`);
  if (rows.length !== jobs || seen.size !== jobs) {
    broken.push(`of ${jobs} jobs that were sent, ${seen.size} were accepted and ${rows.length} are there`);
  }
  return broken;
}

async function checkQueue(database: Database): Promise<string[]> {
  const { rows } = await database.pool.query<{ id: string; state: string }>(
    `select id, state from pgboss.job where name = 'removal' and state in ('created', 'retry', 'active')`,
  );
  return rows.map(({ id, state }) => `job ${id} is still in the queue, ${state}`);
}

/** A charge for a success, a release for a failure, nothing for a test. */
function checkLedger(rows: readonly JobRow[]): string[] {
  const expected = ({ is_test: isTest, status }: JobRow): string =>
    isTest ? '' : `reserve ${status === 'completed' ? 'charge' : 'release'}`;
  return rows
    .filter((row) => row.entries.join(' ') !== expected(row))
    .map((row) => `job ${row.id} is ${row.status}, and its ledger says "${row.entries.join(' ')}"`);
}

async function checkCounters(estate: Seen, rows: readonly JobRow[]): Promise<string[]> {
  const accounts = JSON.parse(await estate.run('accounts', 'list', '--json')) as {
    name: string;
    usedThisMonth: number;
  }[];
  return accounts.flatMap(({ name, usedThisMonth }) => {
    const own = rows.filter((row) => row.account === name && !row.is_test && row.status === 'completed').length;
    return own === usedThisMonth ? [] : [`account ${name} is charged ${usedThisMonth} for ${own} successes`];
  });
}

const audit = async (estate: Seen): Promise<string[]> =>
  await estate.run('audit').then(
    () => [],
    (error: { stdout: string; stderr: string }) => [`the audit says: ${error.stdout}${error.stderr}`],
  );

const TWO_HOURS_MS = 2 * 3600_000;

async function checkObjects(estate: Seen, database: Database, rows: readonly JobRow[]) {
  const storage = await openS3Storage(s3Options(estate.bucketUrl, path.join(estate.mark, 'scratch')));
  await sweepEndedJobs({ database, storage });
  const swept = await sweepOrphanUploads({ database, storage }, new Date(Date.now() + TWO_HOURS_MS));
  const results = new Set(rows.filter(({ status }) => status === 'completed').map(({ result }) => result));
  const thumbnails = new Set([...results].map((result) => result.replace(/\.\w+$/, '.webp')));
  const belongs = (key: string): boolean => {
    const [folder = '', name = ''] = key.split('/');
    return folder === 'processed' ? results.has(name) : folder === 'thumbnails' && thumbnails.has(name);
  };
  const broken: string[] = [];
  const found = new Set<string>();
  for (const folder of ['uploads', 'processed', 'thumbnails']) {
    for await (const { key } of storage.list(folder)) {
      found.add(key);
      if (!belongs(key)) broken.push(`the bucket has ${key}, which is nobody's`);
    }
  }
  for (const name of results) if (!found.has(`processed/${name}`)) broken.push(`the result ${name} is not there`);
  return { swept, broken };
}

/** After everything was stopped: whoever carries the mark was left behind. */
export async function findOrphans({ mark }: Pick<Estate, 'mark'>): Promise<string[]> {
  const orphans: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
    const [environment, command] = await Promise.all([read('environ'), read('cmdline')]);
    // Of one that has ended and was not asked for yet, both are empty.
    if (environment.split('\0').includes(`${MARK}=${mark}`)) {
      orphans.push(`process ${pid} is left: ${command.replaceAll('\0', ' ')}`);
    }
  }
  return orphans;
}
