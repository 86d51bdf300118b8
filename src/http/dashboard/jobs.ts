/** /api/jobs and the playground: removals of whoever is signed in, as they were and as they go on. */
import type { FastifyRequest } from 'fastify';
import { jobsQuery } from '../../contract/dashboard.ts';
import { ERROR_MESSAGES, RemuvrError } from '../../domain/errors.ts';
import { isUuid } from '../../domain/id.ts';
import { type Job, resultKey } from '../../domain/job.ts';
import { admitRequest } from '../../services/admit-request.ts';
import { callerOfAccount } from '../../services/authenticate-caller.ts';
import { deleteMemberJob, type JobsPage, listMemberJobs } from '../../services/member-jobs.ts';
import { type JobState, watchJob } from '../../services/watch-job.ts';
import type { PictureIntake } from '../accept-picture.ts';
import { viewPlace } from '../dialects/remuvr/job-view.ts';
import { controlHangUp } from '../hang-up.ts';
import { parseParameters } from '../parse-parameters.ts';
import type { Handler } from '../routes.ts';
import { createStreamGate, endWithSession, streamEvents } from './event-streams.ts';
import { type DashboardParts, memberOf } from './guards.ts';

export type JobParts = {
  readonly takePicture: PictureIntake;
  readonly cdnUrl: () => string;
  readonly stopping: AbortSignal;
};

const jobIdOf = (request: FastifyRequest): string => (request.params as { id: string }).id;

export function createJobHandlers({ ctx, identity, takePicture, cdnUrl, stopping }: DashboardParts & JobParts) {
  const list: Handler = async (request, reply) => {
    const { account } = memberOf(request);
    const { limit, ...page } = parseParameters(jobsQuery, request.query);
    const { status, cursor } = page;
    const { jobs, nextCursor, now } = await listMemberJobs({ ctx, account, status, cursor, limit: Number(limit) });
    return reply.send({ jobs: jobs.map((job) => viewJob(job, cdnUrl(), now)), nextCursor });
  };
  const remove: Handler = async (request, reply) => {
    await deleteMemberJob({ ctx, account: memberOf(request).account, jobId: jobIdOf(request) });
    return reply.code(204).send();
  };
  const play: Handler = async (request, reply) => {
    const { account } = memberOf(request);
    if (account.isSuspended) throw new RemuvrError('account_suspended');
    const caller = callerOfAccount(ctx.plans, account);
    const { isAllowed, retryAfterSeconds, nowMs } = await admitRequest({ ctx, caller, sender: request.ip });
    if (!isAllowed) throw new RemuvrError('rate_limit_exceeded', undefined, { retryAfterSeconds });
    const { accepted } = await takePicture(request, { caller, now: new Date(nowMs) });
    return reply.code(202).send({ id: accepted.id });
  };
  const gate = createStreamGate();
  const watch: Handler = async (request, reply) => {
    const { account } = memberOf(request);
    const jobId = jobIdOf(request);
    gate.enter(account.id, reply);
    const ending = controlHangUp(reply, stopping);
    const states = watchJob({ ctx, accountId: account.id, jobId, signal: ending.signal });
    const first = isUuid(jobId) ? await states.next() : undefined;
    if (!first || first.done) throw new RemuvrError('not_found', 'There is no such job.');
    endWithSession({ identity, request, ending });
    const events = streamEvents(first.value, states, (state) => viewState(state, cdnUrl()), request.log);
    // Between the queue and the page no proxy may collect the events.
    return reply.type('text/event-stream').header('X-Accel-Buffering', 'no').send(events);
  };
  return { list, remove, play, watch };
}

function viewJob(job: JobsPage['jobs'][number], cdnUrl: string, now: Date) {
  const { options, report } = job;
  const isThere = job.status === 'completed' && job.expiresAt !== null && job.expiresAt > now;
  return {
    id: job.id,
    status: job.status,
    createdAt: job.createdAt.toISOString(),
    completedAt: job.completedAt?.toISOString() ?? null,
    keyName: job.keyName || job.keyMasked,
    format: options.format,
    output: options.output,
    quality: options.quality,
    width: report?.width ?? null,
    height: report?.height ?? null,
    timings: report ? { queue: report.queueMs, ...report.timings } : null,
    confidence: report?.confidence ?? null,
    error: errorOf(job),
    thumbnailUrl: isThere && report?.hasThumbnail ? `/api/jobs/${job.id}/thumbnail` : null,
    resultUrl: isThere ? `${cdnUrl}/${resultKey(job)}` : null,
  };
}

function errorOf(job: Job): { code: string; message: string } | null {
  if (job.status !== 'failed') return null;
  const code = job.errorCode ?? 'processing_failed';
  return { code, message: job.errorMessage ?? ERROR_MESSAGES[code] };
}

function viewState({ job, place, step }: JobState, cdnUrl: string) {
  const { status } = job;
  if (status === 'completed') return { status, stage: status, result: `${cdnUrl}/${resultKey(job)}` };
  if (status === 'failed') return { status, stage: status, error: errorOf(job) };
  if (place) return { status: 'queued', stage: 'queued', ...viewPlace(place) };
  return step === undefined ? { status } : { status, stage: step };
}
