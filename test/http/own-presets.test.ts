/** Presets of an account's own: saved by whoever is signed in, used by the account's keys, and by nobody else. */
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, createEnterprise, createForm, errorOf, readPhoto } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';
import { signUp, type Visitor } from '../helpers/visitor.ts';

let installation: Installation;
let server: ServerProcess;
let ada: Visitor;
let eve: Visitor;
let key: string;
let photo: Buffer;

beforeAll(async () => {
  photo = await sharp(await readPhoto('rocket.jpg'))
    .resize(200)
    .jpeg()
    .toBuffer();
  installation = await createInstallation();
  server = await installation.start();
  ada = await signUp(server, 'ada@example.com');
  eve = await signUp(server, 'eve@example.com');
  await ada.post('/api/plan', { plan: 'pro' });
  key = (await ada.post('/api/keys', { name: 'A key', kind: 'live' })).json.key;
});
afterAll(async () => await installation?.dispose());

const save = (name: string, parameters: unknown, visitor = ada) => visitor.post('/api/presets', { name, parameters });
const list = async (visitor: Visitor) => (await visitor.ask('/api/presets')).json.presets;
const remove = (fields: Record<string, string>, by = key) =>
  call(server, '/remove', { method: 'POST', key: by, body: createForm({ bytes: photo }, fields) });
const cornerOf = async (bytes: Buffer) => [
  ...(await sharp(bytes).removeAlpha().extract({ left: 0, top: 0, width: 1, height: 1 }).raw().toBuffer()),
];

test('a preset is used by its name, what is said beside it wins, and a change holds from then on', async () => {
  expect((await save('shop', { background: '#00ff00', format: 'webp', size: 'auto' })).status).toBe(204);
  const green = await remove({ preset: 'shop' });
  expect([green.status, green.type]).toEqual([200, 'image/webp']);
  const [, g = 0] = await cornerOf(green.bytes);
  expect(g).toBeGreaterThan(240);
  const own = await remove({ preset: 'shop', background: 'black', format: 'png' });
  expect([own.type, await cornerOf(own.bytes)]).toEqual(['image/png', [0, 0, 0]]);
  const backed = new FormData();
  for (const [name, value] of createForm({ bytes: photo }, { preset: 'shop', format: 'png' }))
    backed.append(name, value);
  const blue = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#0000ff' } })
    .png()
    .toBuffer();
  backed.append('background_file', new Blob([new Uint8Array(blue)]), 'blue.png');
  const onBlue = await call(server, '/remove', { method: 'POST', key, body: backed });
  expect(await cornerOf(onBlue.bytes)).toEqual([0, 0, 255]);
  expect((await save('shop', { preset: 'amazon', background: 'red' })).status).toBe(204);
  const square = await remove({ preset: 'shop' });
  expect([square.headers.get('x-width'), square.headers.get('x-height')]).toEqual(['1600', '1600']);
  expect(await cornerOf(square.bytes)).toEqual([255, 0, 0]);
  expect(await list(ada)).toMatchObject([{ name: 'shop', parameters: { preset: 'amazon', background: 'red' } }]);
}, 120_000);

test('a preset is its account’s alone, and a deleted one is none', async () => {
  await save('mine', { crop: 'true' });
  const other = await createEnterprise(installation, 'other');
  const unknown = { status: 400, code: 'invalid_parameter' };
  expect(errorOf(await remove({ preset: 'mine' }, other))).toEqual(unknown);
  expect(await list(eve)).toEqual([]);
  expect((await eve.delete('/api/presets/mine')).status).toBe(404);
  expect((await ada.delete('/api/presets/mine')).status).toBe(204);
  expect(errorOf(await remove({ preset: 'mine' }))).toEqual(unknown);
});

test.each([
  ['a name that is built in', 'amazon', { crop: 'true' }],
  ['a name of other letters', 'Große', { crop: 'true' }],
  ['no name', '', { crop: 'true' }],
  ['no parameters', 'x', {}],
  ['an unknown parameter', 'x', { colour: 'red' }],
  ['a value that a removal would refuse', 'x', { background: 'reddish' }],
  ['another preset of the account', 'x', { preset: 'shop' }],
  ['values that are no text', 'x', { crop: true }],
  ['a list', 'x', ['crop']],
])('%s is refused', async (_case, name, parameters) => {
  const answer = await save(name, parameters);
  expect([answer.status, answer.json.error.code]).toEqual([400, 'invalid_parameter']);
});

test('nobody without a session, and no page of another origin, saves or reads one', async () => {
  expect((await fetch(`${server.url}/api/presets`)).status).toBe(401);
  const foreign = {
    method: 'POST',
    body: { name: 'x', parameters: { crop: 'true' } },
    headers: { Origin: 'https://evil.example' },
  };
  expect((await ada.ask('/api/presets', foreign)).status).toBe(403);
});

/** The routes of the dashboard let 20 a second through. */
const patiently = <T extends { status: number }>(ask: () => Promise<T>): Promise<T> =>
  until('it is let through', async () => {
    const answer = await ask();
    return answer.status !== 429 && answer;
  });

test('an account keeps fifty at most', async () => {
  const add = (name: string) => patiently(() => save(name, { crop: 'true' }, eve));
  for (let i = 0; i < 50; i++) expect((await add(`p${i}`)).status).toBe(204);
  expect((await add('one-more')).status).toBe(400);
  expect((await add('p7')).status).toBe(204);
  expect((await patiently(() => eve.ask('/api/presets'))).json.presets).toHaveLength(50);
});
