/**
 * The port for operators, which is not for callers: GET /metrics tells what they know, /healthz and /readyz the same as a server's,
 * for a worker has no other port.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { ServiceContext } from '../services/context.ts';
import { type Folders, measureDisk } from '../services/measure-disk.ts';
import { measureMemory, type ReadChildren } from '../services/measure-memory.ts';
import { measureCluster } from '../services/measure-queue.ts';
import { ALIVE, askReadiness, type HealthAnswer, type ReadinessChecks } from './health.ts';

export type OperatorsPort = {
  readonly port: number;
  readonly host: string;
  readonly checks: ReadinessChecks;
  readonly folders: Folders;
  readonly readChildren?: ReadChildren;
};

/** Resolves when it listens, with the function that ends it. */
export async function startMetrics(
  ctx: ServiceContext,
  { port, host, checks, folders, readChildren }: OperatorsPort,
): Promise<() => Promise<void>> {
  const answers = new Map<string | undefined, (response: ServerResponse) => Promise<void>>([
    ['/metrics', async (response) => sendMetrics(response, await render(ctx, folders, readChildren))],
    ['/healthz', async (response) => sendHealth(response, ALIVE)],
    ['/readyz', async (response) => sendHealth(response, await askReadiness(checks, ctx.log))],
  ]);
  const server = createServer((request, response) => {
    const answer = request.method === 'GET' ? answers.get(request.url) : undefined;
    if (!answer) {
      response.writeHead(404).end();
      return;
    }
    answer(response).catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
}

function sendMetrics(response: ServerResponse, { contentType, text }: { contentType: string; text: string }): void {
  response.setHeader('Content-Type', contentType).end(text);
}

function sendHealth(response: ServerResponse, { code, headers, body }: HealthAnswer): void {
  response.writeHead(code, { ...headers, 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

/** Without the queue where the database is away: just then the others are wanted. */
async function render(ctx: ServiceContext, folders: Folders, readChildren: ReadChildren | undefined) {
  await measureMemory(ctx.metrics, readChildren);
  await measureDisk(ctx.metrics, folders).catch((error: unknown) =>
    ctx.log.warn({ err: error }, 'the disk could not be measured'),
  );
  await measureCluster(ctx).catch((error: unknown) => ctx.log.warn({ err: error }, 'the queue could not be measured'));
  return await ctx.metrics.render();
}
