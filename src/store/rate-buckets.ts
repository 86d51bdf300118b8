/**
 * Token buckets, exact across processes: read, decided by the domain, and written back if nobody wrote in between, or else
 * under a row lock. The table is unlogged, so no commit of it waits for the disk.
 */
import { sql } from 'kysely';
import { decideRate, type RateDecision } from '../domain/rate-limit.ts';
import type { Connection, Database } from './database.ts';

/** An account, a key with a narrower rate of its own, or a visitor. `capacity`: one second's worth where it is not said. */
export type RateScope = { readonly id: string; readonly requestsPerSecond: number; readonly capacity?: number };

export type RateTaken = { readonly decisions: RateDecision[]; readonly nowMs: number };

/** Buckets that nobody has drawn on for an hour: every kind of them is full long before. Returns how many there were. */
export async function deleteIdleBuckets(db: Database): Promise<number> {
  const result = await db
    .deleteFrom('rate_buckets')
    .where(sql<boolean>`updated_at_ms < extract(epoch from clock_timestamp() - interval '1 hour') * 1000`)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

const DATABASE_MS = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::float8`;

type BucketRow = { readonly tokens: number; readonly updated_at_ms: number; readonly now_ms: number };

const decideRow = ({ tokens, updated_at_ms, now_ms }: BucketRow, scope: RateScope): RateDecision =>
  decideRate({ tokens, updatedAtMs: updated_at_ms }, now_ms, scope.requestsPerSecond, scope.capacity);

const writeBucket = (db: Connection, scopeId: string, { bucket }: RateDecision) =>
  db
    .updateTable('rate_buckets')
    .set({ tokens: bucket.tokens, updated_at_ms: bucket.updatedAtMs })
    .where('scope_id', '=', scopeId);

/**
 * Takes one request from every scope, or from none where one of them refuses. `nowMs` is the database's clock, of the moment
 * that was decided on.
 */
export async function takeFromBuckets(db: Database, scopes: readonly RateScope[]): Promise<RateTaken> {
  const [scope, ...others] = scopes;
  const taken = scope && others.length === 0 ? await takeUnlocked(db, scope) : undefined;
  return taken ?? (await takeUnderLock(db, scopes));
}

/**
 * Two statements in the place of four, for what nearly every request is: one scope, that no other request writes to at this
 * moment. Undefined where one did, or the bucket is new. A refusal needs no writing, and holds whatever others do
 * meanwhile: they only take.
 */
async function takeUnlocked(db: Database, scope: RateScope): Promise<RateTaken | undefined> {
  const row = await db
    .selectFrom('rate_buckets')
    .select(['tokens', 'updated_at_ms', DATABASE_MS.as('now_ms')])
    .where('scope_id', '=', scope.id)
    .executeTakeFirst();
  if (!row) return undefined;
  const decision = decideRow(row, scope);
  const taken: RateTaken = { decisions: [decision], nowMs: row.now_ms };
  if (decision.kind === 'deny') return taken;
  const { numUpdatedRows } = await writeBucket(db, scope.id, decision)
    .where('tokens', '=', row.tokens)
    .where('updated_at_ms', '=', row.updated_at_ms)
    .executeTakeFirst();
  return numUpdatedRows === 1n ? taken : undefined;
}

async function takeUnderLock(db: Database, scopes: readonly RateScope[]): Promise<RateTaken> {
  // The order of locking is the same for every caller, so that no two wait for each other.
  const ordered = [...scopes].sort((a, b) => (a.id < b.id ? -1 : 1));
  return await db.transaction().execute(async (tx) => {
    const taken = new Map<string, { decision: RateDecision; nowMs: number }>();
    for (const scope of ordered) {
      const { rows } = await sql<BucketRow>`
        insert into rate_buckets (scope_id, tokens, updated_at_ms)
        values (${scope.id}, ${scope.capacity ?? scope.requestsPerSecond}, ${DATABASE_MS})
        on conflict (scope_id) do update set tokens = rate_buckets.tokens
        returning tokens, updated_at_ms, ${DATABASE_MS} as now_ms
      `.execute(tx);
      const [row] = rows;
      if (!row) throw new Error('the upsert of a rate bucket returned no row');
      taken.set(scope.id, { decision: decideRow(row, scope), nowMs: row.now_ms });
    }
    const isAllowed = [...taken.values()].every((t) => t.decision.kind === 'allow');
    if (isAllowed) {
      for (const [scopeId, { decision }] of taken) await writeBucket(tx, scopeId, decision).execute();
    }
    const inOrder = scopes.flatMap((scope) => taken.get(scope.id) ?? []);
    return { decisions: inOrder.map((t) => t.decision), nowMs: Math.max(...inOrder.map((t) => t.nowMs)) };
  });
}
