/** Holds the ledger against itself, and the counters and the ends of all jobs against the ledger. */
import {
  type AuditFinding,
  countLedger,
  findMischargedJobs,
  findUnbalancedPeriods,
  type JobFinding,
} from '../store/ledger.ts';
import { type ChainFinding, findBrokenChains } from '../store/ledger-chain.ts';
import type { DatabaseContext } from './context.ts';

export type AuditReport = {
  readonly entries: number;
  /** Of each account's month with a fault the first entry. */
  readonly chains: readonly ChainFinding[];
  readonly periods: readonly AuditFinding[];
  readonly jobs: readonly JobFinding[];
};

export const countFindings = ({ chains, periods, jobs }: AuditReport): number =>
  chains.length + periods.length + jobs.length;

export async function auditLedger({ ctx }: { ctx: DatabaseContext }): Promise<AuditReport> {
  // One snapshot, so that a job that ends meanwhile is not half seen.
  return await ctx.database
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => ({
      entries: await countLedger(tx),
      chains: await findBrokenChains(tx),
      periods: await findUnbalancedPeriods(tx),
      jobs: await findMischargedJobs(tx),
    }));
}
