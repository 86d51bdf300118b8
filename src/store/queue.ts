/**
 * The queue of jobs: pg-boss in the same PostgreSQL, so that a job and its place in the queue are one transaction.
 * A claimed job is leased: its worker renews the lease, and a lease that runs out puts the job back.
 */
import type { Transaction } from 'kysely';
import { fromKysely, PgBoss } from 'pg-boss';
import { PROCESS_CONNECTIONS } from '../domain/connection-room.ts';
import { PUT_BACK_REASONS, type PutBackReason } from '../domain/metrics.ts';
import type { Traceparent } from '../ports/traces.ts';
import { type Database, openPool } from './database.ts';
import { JOB_QUEUED, notify } from './notifications.ts';
import type { Tables } from './schema.ts';

export const QUEUE = 'removal';

/** pg-boss accepts no less. A dead worker is noticed after this and at most one supervision more. */
const LEASE_SECONDS = 10;
/** Each is 12 statements: with one a second an idle server and its database took 39 ms of the processor in each second. */
const SUPERVISION_SECONDS = 3;
export const LEASE_RENEWAL_MS = 2_500;

export type QueuedJob = {
  readonly jobId: string;
  readonly accountId: string;
  /** Of the span that accepted it; a job of a server that traces nothing has none. */
  readonly traceparent?: Traceparent;
};
/** `lease` tells one claim of the job from a later one. `putBack`: why the one before was given back, if it was. */
export type ClaimedJob = QueuedJob & { readonly lease: number; readonly putBack?: PutBackReason };

export interface Queue {
  /** In the transaction that inserts the job. */
  enqueue(tx: Transaction<Tables>, job: QueuedJob & { readonly priority: number }): Promise<void>;
  /** A job of the preferred priority where one waits, else of the highest that waits. */
  claim(preferredPriority: number): Promise<ClaimedJob | undefined>;
  renew(claims: readonly ClaimedJob[]): Promise<void>;
  /** In the transaction that ends the job. */
  remove(tx: Transaction<Tables>, jobId: string): Promise<void>;
  /** Gives the job back at once, in the transaction that takes the attempt back. */
  release(tx: Transaction<Tables>, claim: ClaimedJob, reason: PutBackReason): Promise<void>;
  stop(): Promise<void>;
}

/**
 * For claims and leases, which need not outlive a crash of PostgreSQL: a claim that is forgotten is a job that is claimed once
 * more. So they do not wait for the disk, which takes up to half of the time from send to start. Not as an option of the
 * connection, which a pooler would refuse.
 */
const WITHOUT_THE_DISK = 'set synchronous_commit to off';

export async function openQueue(database: Database, onError: (error: Error) => void): Promise<Queue> {
  const claims = openPool({
    connectionString: database.connectionString,
    // Enough for a claim and a renewal at once.
    maxConnections: PROCESS_CONNECTIONS.queue,
    onLost: onError,
    name: 'remuvr-queue',
    prepare: WITHOUT_THE_DISK,
  });
  const boss = new PgBoss({
    db: { executeSql: async (text, values) => await claims.query(text, values) },
    superviseIntervalSeconds: SUPERVISION_SECONDS,
    monitorIntervalSeconds: SUPERVISION_SECONDS,
    schedule: false,
  });
  boss.on('error', onError);
  await boss.start().catch(async (error: unknown) => {
    await claims.end();
    throw error;
  });
  const options = {
    // Never reached: a job's own count of attempts ends it, and does not count a worker that stopped in good order.
    retryLimit: 10_000,
    heartbeatSeconds: LEASE_SECONDS,
    expireInSeconds: 3600 * 2,
  };
  await boss.createQueue(QUEUE, options);
  await boss.updateQueue(QUEUE, options);

  const fetchOne = async (range: { minPriority?: number; maxPriority?: number }): Promise<ClaimedJob | undefined> => {
    const [job] = await boss.fetch<QueuedJob>(QUEUE, { ...range, includeMetadata: true });
    if (!job) return undefined;
    const putBack = readReason(job.output);
    return { ...job.data, lease: job.retryCount, ...(putBack ? { putBack } : {}) };
  };

  return {
    async enqueue(tx, { priority, ...job }) {
      await boss.send(QUEUE, job, { id: job.jobId, priority, db: fromKysely(tx) });
      await notify(tx, JOB_QUEUED, '');
    },
    async claim(priority) {
      return (await fetchOne({ minPriority: priority, maxPriority: priority })) ?? (await fetchOne({}));
    },
    async renew(claims) {
      if (claims.length > 0) await boss.touch(QUEUE, claims.map(toAttempt));
    },
    async remove(tx, jobId) {
      // Not completed: its end is in `jobs`, and every supervision counts all rows that are kept.
      await boss.deleteJob(QUEUE, jobId, { db: fromKysely(tx) });
    },
    async release(tx, claim, reason) {
      await boss.fail(QUEUE, toAttempt(claim), { reason }, { db: fromKysely(tx) });
      await notify(tx, JOB_QUEUED, '');
    },
    async stop() {
      await boss.stop({ graceful: false, close: false });
      await claims.end();
    },
  };
}

/** Of a lease that ran out, pg-boss writes a message of its own. */
function readReason(output: unknown): PutBackReason | undefined {
  const { reason } = (output ?? {}) as { readonly reason?: unknown };
  return PUT_BACK_REASONS.find((each) => each === reason);
}

function toAttempt(claim: ClaimedJob): { id: string; retryCount: number } {
  return { id: claim.jobId, retryCount: claim.lease };
}
