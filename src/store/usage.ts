/** The monthly quota and its ledger. Every change of a counter writes its ledger row in the same transaction. */
import { sql, type Transaction } from 'kysely';
import { decideReservation, NO_USAGE, type Usage } from '../domain/quota.ts';
import type { Connection } from './database.ts';
import type { LedgerEntry, Tables } from './schema.ts';

/** An account, or a key with a narrower quota of its own. */
export type QuotaScope = { readonly id: string; readonly monthlyRemovals: number };

/** `used` with what was carried over from an account that the owner's address had before. */
export async function findUsage(db: Connection, scopeId: string, period: string): Promise<Usage> {
  const row = await db
    .selectFrom('usage_periods')
    .select((select) => [sql<number>`${select.ref('used')} + ${select.ref('carried')}`.as('used'), 'reserved'])
    .where('scope_id', '=', scopeId)
    .where('period', '=', period)
    .executeTakeFirst();
  return row ?? NO_USAGE;
}

/** Reserves `count` removals in every scope, or none in any. The row locks are held to the end of the transaction. */
export async function reserveRemovals(
  tx: Transaction<Tables>,
  scopes: readonly QuotaScope[],
  period: string,
  count: number,
): Promise<'reserved' | 'denied'> {
  const ordered = [...scopes].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const scope of ordered) {
    const row = await tx
      .insertInto('usage_periods')
      .values({ scope_id: scope.id, period })
      .onConflict((conflict) =>
        // Changes nothing, but locks and returns the row that is there.
        conflict.columns(['scope_id', 'period']).doUpdateSet({ reserved: sql`usage_periods.reserved` }),
      )
      .returning((select) => [sql<number>`${select.ref('used')} + ${select.ref('carried')}`.as('used'), 'reserved'])
      .executeTakeFirstOrThrow();
    if (decideReservation(row, scope.monthlyRemovals, count).kind === 'deny') return 'denied';
  }
  for (const scope of ordered) {
    await tx
      .updateTable('usage_periods')
      .set((set) => ({ reserved: set('reserved', '+', count) }))
      .where('scope_id', '=', scope.id)
      .where('period', '=', period)
      .execute();
  }
  return 'reserved';
}

/** Turns the reservation of a job into a charge or gives it back, in every scope that holds it. */
export async function settleReservation(
  tx: Transaction<Tables>,
  scopes: readonly string[],
  period: string,
  entry: Exclude<LedgerEntry, 'reserve'>,
): Promise<void> {
  for (const scopeId of [...scopes].sort()) {
    await tx
      .updateTable('usage_periods')
      .set((set) => ({
        reserved: set('reserved', '-', 1),
        used: entry === 'charge' ? set('used', '+', 1) : set.ref('used'),
      }))
      .where('scope_id', '=', scopeId)
      .where('period', '=', period)
      .execute();
  }
}

export async function appendLedger(
  tx: Transaction<Tables>,
  row: { readonly accountId: string; readonly jobId: string; readonly period: string; readonly entry: LedgerEntry },
): Promise<void> {
  await tx
    .insertInto('ledger')
    .values({ account_id: row.accountId, job_id: row.jobId, period: row.period, entry: row.entry })
    .execute();
}
