/** Holds the counters and the ends of all jobs against the ledger. */
import {
  type AuditFinding,
  countLedger,
  findMischargedJobs,
  findUnbalancedPeriods,
  type JobFinding,
} from '../store/ledger.ts';
import type { DatabaseContext } from './context.ts';

export type AuditReport = {
  readonly entries: number;
  readonly periods: readonly AuditFinding[];
  readonly jobs: readonly JobFinding[];
};

/** Clean where `periods` and `jobs` are empty. */
export async function auditLedger({ ctx }: { ctx: DatabaseContext }): Promise<AuditReport> {
  // One snapshot, so that a job that ends meanwhile is not half seen.
  return await ctx.database
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => ({
      entries: await countLedger(tx),
      periods: await findUnbalancedPeriods(tx),
      jobs: await findMischargedJobs(tx),
    }));
}
