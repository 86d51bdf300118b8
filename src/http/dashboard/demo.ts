/** GET /api/demo and /api/demo/{name}: the landing page's cut-outs that this very server, or another on its storage, has made. */
import { RemuvrError } from '../../domain/errors.ts';
import type { ServiceContext } from '../../services/context.ts';
import { listDemos, readDemo } from '../../services/make-demos.ts';
import { hasEtag } from '../results.ts';
import type { Handler } from '../routes.ts';

const HOUR_SECONDS = 3_600;

export function createDemoHandlers(ctx: ServiceContext): { list: Handler; picture: Handler } {
  const list: Handler = async (_request, reply) => {
    const demos = (await listDemos({ ctx })).map(({ name, digest, ms, model }) => ({
      name,
      // What is kept of an earlier model is under another address.
      url: `/api/demo/${name}?v=${digest}`,
      model,
      seconds: ms / 1000,
    }));
    return reply.send({ demos });
  };
  const picture: Handler = async (request, reply) => {
    const { name } = request.params as { name: string };
    const found = await readDemo({ ctx, name });
    if (!found) throw new RemuvrError('not_found', 'This server has made no such picture.');
    const { demo, bytes } = found;
    const etag = `"${demo.name}-${demo.digest}-${demo.ms}"`;
    reply.headers({ ETag: etag, 'Cache-Control': `public, max-age=${HOUR_SECONDS}` });
    if (hasEtag(request.headers['if-none-match'], etag)) {
      bytes.destroy();
      return reply.code(304).send();
    }
    return reply.type('image/webp').send(bytes);
  };
  return { list, picture };
}
