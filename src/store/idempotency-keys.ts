/** Which job an Idempotency-Key of an account began, for a day. */
import { sql } from 'kysely';
import type { Connection } from './database.ts';

export type IdempotencyClaim = {
  readonly accountId: string;
  readonly keyHash: Buffer;
  /** Of the body. */
  readonly fingerprint: Buffer;
};

const LIFE_HOURS = 24;
const isAlive = sql<boolean>`idempotency_keys.created_at > now() - ${LIFE_HOURS} * interval '1 hour'`;

/** False where a job has the key. It waits for a transaction that is about to claim the same. */
export async function claimIdempotencyKey(db: Connection, claim: IdempotencyClaim, jobId: string): Promise<boolean> {
  const { accountId, keyHash, fingerprint } = claim;
  const row = await db
    .insertInto('idempotency_keys')
    .values({ account_id: accountId, key_hash: keyHash, fingerprint, job_id: jobId })
    .onConflict((conflict) =>
      conflict
        .columns(['account_id', 'key_hash'])
        .doUpdateSet({ fingerprint, job_id: jobId, created_at: sql<Date>`now()` })
        .where(sql<boolean>`not (${isAlive})`),
    )
    .returning('job_id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function findIdempotencyKey(db: Connection, { accountId, keyHash }: IdempotencyClaim) {
  const row = await db
    .selectFrom('idempotency_keys')
    .select(['job_id', 'fingerprint'])
    .where('account_id', '=', accountId)
    .where('key_hash', '=', keyHash)
    .where(isAlive)
    .executeTakeFirst();
  return row && { jobId: row.job_id, fingerprint: row.fingerprint };
}

export async function deletePastIdempotencyKeys(db: Connection): Promise<void> {
  await db.deleteFrom('idempotency_keys').where(sql<boolean>`not (${isAlive})`).execute();
}
