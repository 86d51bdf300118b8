/** X-Confidence and min_confidence: what a result is worth, what is refused for free, and the answer where nothing is found. */
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, call, createEnterprise, errorOf, jobOf, readPhoto, remove, waitForEnd } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let key: string;
let photo: Buffer;
let wall: Buffer;
let plain: Answer;
let confidence: number;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start();
  key = await createEnterprise(installation, 'acme');
  photo = await readPhoto('rocket.jpg');
  wall = await sharp({ create: { width: 640, height: 427, channels: 3, background: '#8a8a8a' } })
    .jpeg()
    .toBuffer();
  plain = await remove(server, key, photo);
  confidence = Number(plain.headers.get('x-confidence'));
});
afterAll(async () => await installation?.dispose());

const usedRemovals = async (): Promise<number> =>
  (await call(server, '/v1/usage', { key })).json<{ usage: { totalRequests: number } }>().usage.totalRequests;

/** The answer, and what it took of the quota. */
async function removeAndCount(...given: Parameters<typeof remove>): Promise<{ answer: Answer; taken: number }> {
  const before = await usedRemovals();
  const answer = await remove(...given);
  return { answer, taken: (await usedRemovals()) - before };
}

const sentenceOf = (reached: string, wanted: number | string): string =>
  `The confidence of the result is ${reached}, below the ${wanted} that was asked for.`;

describe('a result', () => {
  test('has its confidence in two decimals, and the job says the same', async () => {
    expect(plain.status).toBe(200);
    expect(plain.headers.get('x-confidence')).toMatch(/^(0\.\d\d|1\.00)$/);
    expect(confidence).toBeGreaterThan(0);
    const job = jobOf(await call(server, `/v1/status/${plain.headers.get('x-job-id')}`, { key }));
    expect(job).toMatchObject({ status: 'completed', confidence });
    const json = await remove(server, key, photo, { headers: { Accept: 'application/json' } });
    expect(json.headers.get('x-confidence')).toBe(plain.headers.get('x-confidence'));
    expect(json.json()).toMatchObject({ job: { confidence } });
  });

  test('has that of the network, whether it is refined or not', async () => {
    const fast = await remove(server, key, photo, { fields: { quality: 'fast' } });
    expect(fast.headers.get('x-confidence')).toBe(plain.headers.get('x-confidence'));
  });

  test('that has just the confidence asked for is given, and charged', async () => {
    const { answer, taken } = await removeAndCount(server, key, photo, { query: `?min_confidence=${confidence}` });
    expect([answer.status, answer.headers.get('x-credits-charged'), taken]).toEqual([200, '1', 1]);
    expect(answer.bytes.equals(plain.bytes)).toBe(true);
  });
});

describe('a result below min_confidence', () => {
  const wanted = () => Number((confidence + 0.005).toFixed(3));

  test('is 400 low_confidence with both numbers, and costs nothing', async () => {
    const fields = { min_confidence: String(wanted()) };
    const { answer, taken } = await removeAndCount(server, key, photo, { fields });
    expect(errorOf(answer)).toEqual({ status: 400, code: 'low_confidence' });
    expect(answer.json().message).toBe(sentenceOf(confidence.toFixed(2), wanted()));
    expect([answer.headers.get('x-credits-charged'), taken]).toEqual(['0', 0]);
    // The picture's own fault: it was run once, and its job says the same for ever.
    const id = answer.headers.get('x-job-id') ?? '';
    expect(server.log().match(new RegExp(`"jobId":"${id}".*`, 'g'))).toHaveLength(1);
    expect(jobOf(await call(server, `/v1/status/${id}`, { key }))).toMatchObject({
      status: 'failed',
      error: { code: 'low_confidence', message: answer.json().message },
    });
  });

  test('fails an asynchronous job, and costs nothing', async () => {
    const before = await usedRemovals();
    const accepted = await remove(server, key, photo, { query: `?async=true&min_confidence=${wanted()}` });
    expect(accepted.status).toBe(202);
    expect(await waitForEnd(server, key, jobOf(accepted).id)).toMatchObject({
      status: 'failed',
      error: { code: 'low_confidence', message: sentenceOf(confidence.toFixed(2), wanted()) },
    });
    expect(await usedRemovals()).toBe(before);
  });
});

describe('of a blank wall', () => {
  test.each(['fast', 'auto', 'best'])('the answer is clear, and a removal like any other: %s', async (quality) => {
    const { answer, taken } = await removeAndCount(server, key, wall, { fields: { quality } });
    expect([answer.status, answer.type, answer.headers.get('x-confidence')]).toEqual([200, 'image/png', '0.00']);
    const box = ['top', 'left', 'width', 'height'].map((side) => answer.headers.get(`x-foreground-${side}`));
    expect(box).toEqual(['0', '0', '0', '0']);
    const { data, info } = await sharp(answer.bytes).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([640, 427, 4]);
    expect(data.every((value) => value === 0)).toBe(true);
    expect([answer.headers.get('x-credits-charged'), taken]).toEqual(['1', 1]);
  });

  test('it is free with a min_confidence', async () => {
    const { answer, taken } = await removeAndCount(server, key, wall, { query: '?min_confidence=0.01' });
    expect(errorOf(answer)).toEqual({ status: 400, code: 'low_confidence' });
    expect(answer.json().message).toBe(sentenceOf('0.00', 0.01));
    expect([answer.headers.get('x-credits-charged'), taken]).toEqual(['0', 0]);
  });
});

test.each(['', '-0.1', '1.1', '80', '0,8', '80%', '1e-1', 'NaN', 'high', '0.5&min_confidence=0.6'])(
  'min_confidence=%s is 400 invalid_parameter, with the range in the sentence, before any work',
  async (value) => {
    const { answer, taken } = await removeAndCount(server, key, photo, { query: `?min_confidence=${value}` });
    expect(errorOf(answer)).toEqual({ status: 400, code: 'invalid_parameter' });
    expect(answer.json().message).toContain('"min_confidence"');
    expect(answer.json().message).toContain('from 0 to 1');
    expect([answer.headers.get('x-job-id'), taken]).toEqual([null, 0]);
  },
);

test('the ledger is clean after all of that', async () => {
  expect((await installation.run('audit')).stdout).toContain('clean');
});
