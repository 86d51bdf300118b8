/** The audit of the ledger's chains: every entry held against the one before it, every chain against its head. */
import { sql } from 'kysely';
import type { Connection } from './database.ts';

/** The first entry of an account's month that does not fit. `seq` is that of its row, where there is one. */
export type ChainFinding = {
  readonly accountId: string;
  readonly period: string;
  readonly position: number;
  readonly seq: number | null;
  readonly fault: 'changed' | 'missing' | 'unknown to the head';
};

/**
 * One statement: it sees one moment. What is hashed is spelled out here, not asked of the function of migration 0011, which
 * whoever changes rows may have changed too.
 */
export async function findBrokenChains(db: Connection): Promise<ChainFinding[]> {
  const { rows } = await sql<ChainFinding>`
    with entries as (
      select account_id, period, seq, position, hash,
        row_number() over chain as place,
        sha256(coalesce(lag(hash) over chain, '') || convert_to(concat_ws('|', seq, position, account_id, job_id,
          to_char(period, 'YYYY-MM-DD'), entry,
          to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')), 'UTF8')) as reckoned
      from ledger window chain as (partition by account_id, period order by position, seq)
    ), bad as (
      select account_id, period, place as position, seq,
        case when position > place then 'missing' else 'changed' end as fault
      from entries where position <> place or hash <> reckoned
    ), last as (
      select distinct on (account_id, period) account_id, period, seq, position, hash
      from entries order by account_id, period, place desc
    ), ends as (
      select coalesce(h.account_id, l.account_id) as account_id, coalesce(h.period, l.period) as period,
        case when h.entries > coalesce(l.position, 0) then coalesce(l.position, 0) + 1 else l.position end as position,
        case when h.entries > coalesce(l.position, 0) then null else l.seq end as seq,
        case when h.entries > coalesce(l.position, 0) then 'missing' else 'unknown to the head' end as fault
      from ledger_heads h full join last l on l.account_id = h.account_id and l.period = h.period
      where h.entries is distinct from l.position or h.hash is distinct from l.hash
    )
    select distinct on (account_id, period)
      account_id as "accountId", period as "period", position as "position",
      case when fault = 'missing' then null else seq end as "seq", fault as "fault"
    from (select * from bad union all select * from ends) as found
    order by account_id, period, position`.execute(db);
  return rows;
}
