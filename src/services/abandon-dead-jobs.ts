/** Ends, and refunds, the jobs that every worker that tried them died of. */
import type { ServiceContext } from './context.ts';
import { abandonRemoval } from './run-removal.ts';

export async function abandonDeadJobs(ctx: ServiceContext): Promise<void> {
  for (const dead of await ctx.queue.listDead()) {
    ctx.log.error({ jobId: dead.jobId }, 'a job is abandoned: every worker that tried it was lost');
    await abandonRemoval({ ctx, claim: dead });
    await ctx.queue.buryDead(dead);
  }
}
