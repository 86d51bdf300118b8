/** The events of a job: its stages as a worker elsewhere comes to them, how many streams there may be, and their end. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createForm, readPhoto } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';
import { PASSWORD, signUp, Visitor } from '../helpers/visitor.ts';

let installation: Installation;
let server: ServerProcess;
let photo: Buffer;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start(['serve', '--no-worker']);
  photo = await readPhoto('chelsea.png');
});
afterAll(async () => await installation?.dispose());

async function submit(visitor: Visitor): Promise<string> {
  const form = createForm({ bytes: photo }, { quality: 'best' });
  return (await visitor.post('/api/playground/removals', form)).json.id;
}

type State = { readonly status: string; readonly stage?: string; readonly position?: number };

/** A stream that is read as it comes. */
async function openStream(visitor: Visitor, jobId: string) {
  const cookies = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const closing = new AbortController();
  const { signal } = closing;
  const response = await fetch(`${server.url}/api/jobs/${jobId}/events`, { headers: { Cookie: cookies }, signal });
  const states: State[] = [];
  const read = async (): Promise<void> => {
    let text = '';
    for await (const piece of response.body ?? []) {
      text += Buffer.from(piece).toString();
      for (const [whole, data = ''] of text.matchAll(/^event: state\ndata: (.+)\n\n/gm)) {
        states.push(JSON.parse(data));
        text = text.replace(whole, '');
      }
    }
  };
  const ended = response.ok ? read().catch(() => {}) : Promise.resolve();
  return { response, states, ended, close: () => closing.abort() };
}

test('an account has 8 streams open, and another when one of them is closed', async () => {
  const visitor = await signUp(server, 'many@example.com');
  const jobId = await submit(visitor);
  const streams = await Promise.all(Array.from({ length: 8 }, () => openStream(visitor, jobId)));
  expect(streams.map(({ response }) => response.status)).toEqual(Array(8).fill(200));
  const refused = await openStream(visitor, jobId);
  expect([refused.response.status, refused.response.headers.get('retry-after')]).toEqual([429, '5']);
  expect(await refused.response.json()).toMatchObject({ error: { code: 'rate_limit_exceeded' } });
  // Another account has its own.
  const other = await signUp(server, 'other@example.com');
  const own = await openStream(other, await submit(other));
  expect(own.response.status).toBe(200);
  streams[0]?.close();
  const next = await until('there is room for another stream', async () => {
    const stream = await openStream(visitor, jobId);
    return stream.response.status === 200 && stream;
  });
  for (const stream of [...streams, own, next]) stream.close();
});

test('a stream ends when its session is revoked, and streams of other sessions go on', async () => {
  const here = await signUp(server, 'leaving@example.com');
  const there = new Visitor(server);
  await there.post('/api/auth/sign-in/email', { email: 'leaving@example.com', password: PASSWORD });
  const jobId = await submit(here);
  const [revoked, kept] = [await openStream(here, jobId), await openStream(there, jobId)];
  await until('both have told where the job is', async () => revoked.states.length > 0 && kept.states.length > 0);
  await there.post('/api/auth/revoke-other-sessions');
  await revoked.ended;
  expect(revoked.states.every(({ status }) => status === 'queued')).toBe(true);
  expect((await openStream(here, jobId)).response.status).toBe(401);
  const isEnded = await Promise.race([kept.ended.then(() => true), Promise.resolve(false)]);
  expect(isEnded).toBe(false);
  kept.close();
});

test('tells the stages in their order as a worker in another process comes to them', async () => {
  const visitor = await signUp(server, 'watching@example.com');
  const stream = await openStream(visitor, await submit(visitor));
  await until('the place in the queue is told', async () => stream.states.length > 0);
  expect(stream.states[0]).toMatchObject({ status: 'queued', stage: 'queued', position: expect.any(Number) });
  await installation.start(['worker']);
  await stream.ended;
  const order = ['queued', 'decode', 'infer', 'refine', 'encode', 'completed'];
  const stages = stream.states.flatMap(({ stage }) => stage ?? []);
  const places = stages.map((stage) => order.indexOf(stage));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  // Two looks of the network take long enough to be told; the other steps may be over before anybody looks.
  expect(stages).toEqual(expect.arrayContaining(['queued', 'infer', 'completed']));
  expect(stream.states.at(-1)).toMatchObject({ status: 'completed', result: expect.stringContaining('/processed/') });
});
