/** Token buckets, exact across processes: read under a row lock, decided by the domain, written back. */
import { sql } from 'kysely';
import { decideRate, type RateDecision } from '../domain/rate-limit.ts';
import type { Database } from './database.ts';

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

/**
 * Takes one request from every scope, or from none where one of them refuses.
 * `nowMs` is the database's clock, read after the lock was granted.
 */
export async function takeFromBuckets(db: Database, scopes: readonly RateScope[]): Promise<RateTaken> {
  // The order of locking is the same for every caller, so that no two wait for each other.
  const ordered = [...scopes].sort((a, b) => (a.id < b.id ? -1 : 1));
  return await db.transaction().execute(async (tx) => {
    await sql`set local synchronous_commit to off`.execute(tx);
    const taken = new Map<string, { decision: RateDecision; nowMs: number }>();
    for (const scope of ordered) {
      const { rows } = await sql<{ tokens: number; updated_at_ms: number; now_ms: number }>`
        insert into rate_buckets (scope_id, tokens, updated_at_ms)
        values (${scope.id}, ${scope.capacity ?? scope.requestsPerSecond}, extract(epoch from clock_timestamp()) * 1000)
        on conflict (scope_id) do update set tokens = rate_buckets.tokens
        returning tokens, updated_at_ms, (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms
      `.execute(tx);
      const [row] = rows;
      if (!row) throw new Error('the upsert of a rate bucket returned no row');
      const bucket = { tokens: row.tokens, updatedAtMs: row.updated_at_ms };
      const decision = decideRate(bucket, row.now_ms, scope.requestsPerSecond, scope.capacity);
      taken.set(scope.id, { decision, nowMs: row.now_ms });
    }
    const isAllowed = [...taken.values()].every((t) => t.decision.kind === 'allow');
    if (isAllowed) {
      for (const [scopeId, { decision }] of taken) {
        const { tokens, updatedAtMs } = decision.bucket;
        await tx
          .updateTable('rate_buckets')
          .set({ tokens, updated_at_ms: updatedAtMs })
          .where('scope_id', '=', scopeId)
          .execute();
      }
    }
    const inOrder = scopes.flatMap((scope) => taken.get(scope.id) ?? []);
    return { decisions: inOrder.map((t) => t.decision), nowMs: Math.max(...inOrder.map((t) => t.nowMs)) };
  });
}
