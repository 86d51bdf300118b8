/** The audit: the counters of every account and month, held against the ledger that they sum up. */
import { sql } from 'kysely';
import type { Connection } from './database.ts';

export type AuditFinding = {
  readonly accountId: string;
  readonly period: string;
  readonly used: number;
  readonly reserved: number;
  readonly ledgerUsed: number;
  readonly ledgerReserved: number;
};

export type JobFinding = { readonly jobId: string; readonly status: string; readonly entries: string };

/** Months whose counters differ from the ledger, of accounts that are still there. One statement: it sees one moment. */
export async function findUnbalancedPeriods(db: Connection): Promise<AuditFinding[]> {
  const { rows } = await sql<AuditFinding>`
    with sums as (
      select account_id, period,
        count(*) filter (where entry = 'charge') as used,
        count(*) filter (where entry = 'reserve') - count(*) filter (where entry <> 'reserve') as reserved
      from ledger where account_id in (select id from accounts) group by account_id, period
    ), counters as (
      select scope_id as account_id, period, used, reserved from usage_periods
      where scope_id in (select id from accounts)
    )
    select coalesce(c.account_id, s.account_id) as "accountId", coalesce(c.period, s.period) as "period",
      coalesce(c.used, 0) as "used", coalesce(c.reserved, 0) as "reserved",
      coalesce(s.used, 0) as "ledgerUsed", coalesce(s.reserved, 0) as "ledgerReserved"
    from counters c full join sums s on s.account_id = c.account_id and s.period = c.period
    where coalesce(c.used, 0) <> coalesce(s.used, 0) or coalesce(c.reserved, 0) <> coalesce(s.reserved, 0)
    order by 1, 2`.execute(db);
  return rows;
}

/** Jobs whose end differs from their ledger: a success is one reserve and one charge, a failure one and one release. */
export async function findMischargedJobs(db: Connection): Promise<JobFinding[]> {
  const { rows } = await sql<JobFinding>`
    select j.id as "jobId", j.status, coalesce(string_agg(l.entry, ',' order by l.seq), '') as "entries"
    from jobs j left join ledger l on l.job_id = j.id
    group by j.id, j.status, j.is_test
    having coalesce(string_agg(l.entry, ',' order by l.seq), '') <> case
      when j.is_test then ''
      when j.status = 'completed' then 'reserve,charge'
      when j.status = 'failed' then 'reserve,release'
      else 'reserve' end
    order by 1`.execute(db);
  return rows;
}

export async function countLedger(db: Connection): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from ledger`.execute(db);
  return rows[0]?.count ?? 0;
}
