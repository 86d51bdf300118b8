/** Requests of every kind, in a fixed order, each with the answer that it must get. */
import { type ClientRequest, request } from 'node:http';
import type { JobBody } from '../../../src/contract/schemas.ts';
import { makeMixedPhotos, makePictures, type Pictures } from './pictures.ts';

export type Target = { readonly url: string; readonly key: string };
/** Says what was wrong with the answer; undefined where it was as expected. */
export type Send = (target: Target) => Promise<string | undefined>;

async function post({ url, key }: Target, query: string, picture: Buffer): Promise<Response> {
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/octet-stream' };
  return await fetch(`${url}/v1/remove?${query}`, { method: 'POST', headers, body: new Uint8Array(picture) });
}

const tell = (what: string, expected: string, got: string): string | undefined =>
  got === expected ? undefined : `${what}: ${got} in place of ${expected}`;

async function describe(answer: Response): Promise<string> {
  const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (type !== 'application/json') return `${answer.status} ${type}${bytes.length > 100 ? '' : ', empty'}`;
  return `${answer.status} ${(JSON.parse(String(bytes)) as { code?: string }).code}`;
}

const sync =
  (query: string, picture: Buffer, expected: string): Send =>
  async (target) =>
    tell(query, expected, await describe(await post(target, query, picture)));

const later =
  (query: string, picture: Buffer): Send =>
  async (target) => {
    const sent = await post(target, `${query}&async=true`, picture);
    if (sent.status !== 202) return tell(query, '202', await describe(sent));
    const { job } = (await sent.json()) as { job: JobBody };
    const headers = { Authorization: `Bearer ${target.key}` };
    for (let looks = 0; looks < 10; looks++) {
      const status = await fetch(`${target.url}/v1/status/${job.id}?wait=30`, { headers });
      const { job: now } = (await status.json()) as { job: JobBody };
      if (now.status === 'failed') return `${query}: the job failed`;
      if (now.status === 'completed') return tell(query, '200 image/png', await describe(await fetch(now.result)));
    }
    return `${query}: the job does not end`;
  };

function begin({ url, key }: Target, picture: Buffer): ClientRequest {
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'image/jpeg', 'Content-Length': picture.length };
  const sending = request(`${url}/v1/remove`, { method: 'POST', headers, agent: false });
  sending.on('error', () => {});
  return sending;
}

/** Half of the picture comes, and then nobody is there. */
const cancelled =
  (picture: Buffer): Send =>
  async (target) => {
    const sending = begin(target, picture);
    await new Promise<void>((resolve) => sending.write(picture.subarray(0, picture.length / 2), () => resolve()));
    sending.destroy();
    return undefined;
  };

/** The whole picture comes, and nobody waits for the answer. */
const abandoned =
  (picture: Buffer): Send =>
  async (target) => {
    const sending = begin(target, picture);
    await new Promise<void>((resolve) => sending.end(picture, () => resolve()));
    sending.destroy();
    return undefined;
  };

/** A turn of twenty; each mix is walked again and again. */
export const MIXES = {
  all: async (): Promise<readonly Send[]> => composeTurn(await makePictures()),
  /** Small photos of all formats, three in four with `fast`. */
  photos: async (): Promise<readonly Send[]> =>
    (await makeMixedPhotos()).map((photo, i) =>
      sync(`quality=${i % 4 === 3 ? 'auto' : 'fast'}`, photo, '200 image/png'),
    ),
} as const;
export type Mix = keyof typeof MIXES;

function composeTurn(given: Pictures): Send[] {
  const fast = (picture: Buffer) => sync('quality=fast', picture, '200 image/png');
  const auto = (picture: Buffer) => sync('quality=auto', picture, '200 image/png');
  return [
    fast(given.smallJpeg),
    later('quality=auto', given.jpeg1Mp),
    sync('quality=fast', given.broken, '400 invalid_image'),
    auto(given.smallWebp),
    fast(given.smallPng),
    cancelled(given.jpeg1Mp),
    fast(given.smallJpeg),
    sync('background=%23ff8000&format=jpg', given.smallWebp, '200 image/jpeg'),
    later('quality=fast', given.jpeg12Mp),
    fast(given.smallWebp),
    auto(given.png1Mp),
    sync('quality=fast', given.text, '400 invalid_image'),
    auto(given.smallJpeg),
    later('quality=fast', given.smallPng),
    sync('crop=true&format=webp', given.jpeg1Mp, '200 image/webp'),
    fast(given.smallJpeg),
    abandoned(given.smallJpeg),
    later('quality=auto&scale=80%25', given.smallPng),
    fast(given.smallWebp),
    sync('output=mask&quality=fast', given.smallPng, '200 image/png'),
  ];
}
