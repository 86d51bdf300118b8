/** The dashboard's pages: its build at `/`, each file at its path, and the page itself for every address that it routes. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import files from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Handler } from './routes.ts';

/** Where the build lies, from the sources as from their own build. */
export const WEB_DIR = fileURLToPath(new URL('../../web/dist', import.meta.url));
/** The photos of the landing page. */
export const PHOTOS_DIR = path.join(WEB_DIR, 'samples');

const PAGE = 'index.html';
/** Their names have a hash of what is in them. */
const HASHED = `${path.sep}assets${path.sep}`;
const YEAR_SECONDS = 31_536_000;

type PageOptions = { readonly webDir: string; readonly pictureOrigins: () => readonly string[] };
export type Pages = {
  /** Undefined where the request is not that of somebody who opens an address. */
  readonly answerPage: (request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined;
  /** The page that shows the API's description, for whoever asks. */
  readonly answerReference: Handler;
};

/** Without a build nothing is served, and no address is a page. */
export async function registerPages(app: FastifyInstance, { webDir, pictureOrigins }: PageOptions): Promise<Pages> {
  if (!existsSync(path.join(webDir, PAGE))) {
    // The page is made from the description, which can be read without it.
    return { answerPage: () => undefined, answerReference: async (_request, reply) => reply.redirect('/openapi.json') };
  }
  await app.register(files, {
    root: webDir,
    // The files that there are, and no others: an unknown address stays one.
    wildcard: false,
    // What the build has packed is sent so; it has no address of its own.
    preCompressed: true,
    globIgnore: ['**/*.br', '**/*.gz'],
    cacheControl: false,
    setHeaders(reply, file) {
      const isHashed = file.slice(webDir.length).startsWith(HASHED);
      reply.header('Cache-Control', isHashed ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache');
      reply.header('Content-Security-Policy', composePolicy(pictureOrigins()));
      reply.header('Referrer-Policy', 'same-origin');
    },
  });
  const send = (reply: FastifyReply): FastifyReply => reply.code(200).sendFile(PAGE);
  return {
    answerPage: (request, reply) => (isNavigation(request) ? send(reply) : undefined),
    answerReference: async (_request, reply) => send(reply),
  };
}

/** Addresses of programs stay theirs, whoever opens them. */
const OF_PROGRAMS = /^\/(api|v1|processed)(\/|$|\?)/;

function isNavigation({ method, headers, url }: FastifyRequest): boolean {
  const isReading = method === 'GET' || method === 'HEAD';
  return isReading && /\btext\/html\b/.test(headers.accept ?? '') && !OF_PROGRAMS.test(url);
}

/** Results may lie under another origin; nothing else is loaded from, or sent to, another host. */
function composePolicy(origins: readonly string[]): string {
  const cdn = origins.map((address) => new URL(address).origin).join(' ');
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' data: blob: ${cdn}`,
    "font-src 'self'",
    `connect-src 'self' ${cdn}`,
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}
