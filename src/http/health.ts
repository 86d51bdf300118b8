/** GET /healthz and /readyz: alive, and fit for work. */
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Each resolves when its part can be used, and rejects when it cannot. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<unknown>>>;

const CHECK_TIMEOUT_MS = 3_000;

export async function answerHealth(_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  return reply.header('Cache-Control', 'no-store').send({ status: 'ok' });
}

export function createReadiness(checks: ReadinessChecks) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const outcomes = Object.entries(checks).map(async ([name, check]) => {
      const isOk = await succeedsInTime(check).catch((error: unknown) => {
        request.log.warn({ check: name, err: error }, 'a readiness check failed');
        return false;
      });
      return [name, isOk ? 'ok' : 'failing'] as const;
    });
    const results = Object.fromEntries(await Promise.all(outcomes));
    const isReady = Object.values(results).every((result) => result === 'ok');
    return reply
      .code(isReady ? 200 : 503)
      .header('Cache-Control', 'no-store')
      .headers(isReady ? {} : { 'Retry-After': '1' })
      .send({ status: isReady ? 'ready' : 'unavailable', checks: results });
  };
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
