/** What an address used this month before its account was deleted: under a salted hash, and until the month is over. */
import { sql } from 'kysely';
import type { Connection } from './database.ts';

/** Of the account's owner, who must be there still. Removals under way count as used. */
export async function noteLeftUsage(db: Connection, accountId: string, period: string): Promise<void> {
  await sql`
    insert into left_usage (address_hash, period, used)
    select sha256(s.salt || convert_to(lower(u.email), 'UTF8')), p.period, p.used + p.reserved + p.carried
    from accounts a join remuvr_auth."user" u on u.id = a.owner_id
      join usage_periods p on p.scope_id = a.id and p.period = ${period} cross join address_salt s
    where a.id = ${accountId}
    on conflict (address_hash, period) do update set used = greatest(left_usage.used, excluded.used)`.execute(db);
}

/** Counts it against the quota of the address's new account. */
export async function carryLeftUsage(db: Connection, accountId: string, email: string, period: string): Promise<void> {
  await sql`
    insert into usage_periods (scope_id, period, carried)
    select ${accountId}, l.period, l.used from left_usage l cross join address_salt s
    where l.period = ${period} and l.address_hash = sha256(s.salt || convert_to(lower(${email}), 'UTF8'))`.execute(db);
}

export async function deletePastLeftUsage(db: Connection, period: string): Promise<void> {
  await db.deleteFrom('left_usage').where('period', '<', period).execute();
}
