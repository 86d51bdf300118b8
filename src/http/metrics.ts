/** GET /metrics on a port of its own, which is not for callers: it tells what an operator knows. */
import { createServer } from 'node:http';
import type { ServiceContext } from '../services/context.ts';
import { measureMemory, type ReadChildren } from '../services/measure-memory.ts';
import { measureCluster } from '../services/measure-queue.ts';

/** Resolves when it listens, with the function that ends it. */
export async function startMetrics(
  ctx: ServiceContext,
  { port, host, readChildren }: { readonly port: number; readonly host: string; readonly readChildren?: ReadChildren },
): Promise<() => Promise<void>> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    answer(ctx, readChildren).then(
      ({ contentType, text }) => response.setHeader('Content-Type', contentType).end(text),
      () => response.writeHead(500).end(),
    );
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

/** Without the queue where the database is away: just then the others are wanted. */
async function answer(ctx: ServiceContext, readChildren: ReadChildren | undefined) {
  await measureMemory(ctx.metrics, readChildren);
  await measureCluster(ctx).catch((error: unknown) => ctx.log.warn({ err: error }, 'the queue could not be measured'));
  return await ctx.metrics.render();
}
