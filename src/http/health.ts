/** GET /healthz and /readyz: alive, and fit for work. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../services/context.ts';

/** Each resolves when its part can be used, and rejects when it cannot. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<unknown>>>;

export type HealthAnswer = {
  readonly code: 200 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
};

const CHECK_TIMEOUT_MS = 3_000;
const UNCACHED = { 'Cache-Control': 'no-store' };

export const ALIVE: HealthAnswer = { code: 200, headers: UNCACHED, body: { status: 'ok' } };

export async function askReadiness(checks: ReadinessChecks, log: Pick<Log, 'warn'>): Promise<HealthAnswer> {
  const outcomes = Object.entries(checks).map(async ([name, check]) => {
    const isOk = await succeedsInTime(check).catch((error: unknown) => {
      log.warn({ check: name, err: error }, 'a readiness check failed');
      return false;
    });
    return [name, isOk ? 'ok' : 'failing'] as const;
  });
  const results = Object.fromEntries(await Promise.all(outcomes));
  return Object.values(results).every((result) => result === 'ok')
    ? { code: 200, headers: UNCACHED, body: { status: 'ready', checks: results } }
    : { code: 503, headers: { ...UNCACHED, 'Retry-After': '1' }, body: { status: 'unavailable', checks: results } };
}

const send = (reply: FastifyReply, { code, headers, body }: HealthAnswer): FastifyReply =>
  reply.code(code).headers(headers).send(body);

export async function answerHealth(_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  return send(reply, ALIVE);
}

export function createReadiness(checks: ReadinessChecks) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    send(reply, await askReadiness(checks, request.log));
}

async function succeedsInTime(check: () => Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([check().then(() => true), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
