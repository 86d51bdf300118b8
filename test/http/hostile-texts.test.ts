/** Texts that no page sends: they are refused alike for everybody, and none of them reaches the database. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess } from '../helpers/server.ts';
import { PASSWORD, signUp, Visitor } from '../helpers/visitor.ts';

let installation: Installation;
let server: ServerProcess;
let admin: Visitor;

beforeAll(async () => {
  installation = await createInstallation({ GITHUB_CLIENT_ID: 'an-id', GITHUB_CLIENT_SECRET: 'a-secret' });
  server = await installation.start(['serve', '--no-worker']);
  admin = await signUp(server, 'known@example.com');
  await admin.post('/api/plan', { plan: 'pro' });
});
afterAll(async () => await installation?.dispose());

describe('signing up', () => {
  test.each([
    ['a name with a NUL character', { name: 'a\0b' }],
    ['a picture with a NUL character', { image: 'a\0b' }],
    ['a name of 101 characters', { name: 'x'.repeat(101) }],
    ['a name of spaces', { name: '  ' }],
    ['an endless picture', { image: 'x'.repeat(2049) }],
  ])(
    'with %s is refused in the same words for an address that has an account and for one that has none',
    async (_, odd) => {
      const [known, fresh] = await Promise.all(
        ['known@example.com', 'unknown@example.com'].map((email) =>
          new Visitor(server).post('/api/auth/sign-up/email', { email, name: 'Ada', password: PASSWORD, ...odd }),
        ),
      );
      const wordsOf = (text = ''): string => text.replace(/"requestId":"[^"]*"/, '');
      expect(known?.status).toBe(400);
      expect([fresh?.status, wordsOf(fresh?.text)]).toEqual([known?.status, wordsOf(known?.text)]);
    },
  );
});

test('a name that is changed has 1 to 100 characters', async () => {
  const rename = async (name: string) => (await admin.post('/api/auth/update-user', { name })).status;
  expect(await rename('x'.repeat(101))).toBe(400);
  expect(await rename('')).toBe(400);
  expect(await rename('a\0b')).toBe(400);
  expect(await rename('Zoë 🦊')).toBe(200);
});

test('a NUL character in a name, a search or an id is the mistake of whoever sends it', async () => {
  const answers = await Promise.all([
    admin.post('/api/keys', { name: 'a\0b', kind: 'test' }),
    admin.ask('/api/admin/accounts?search=%00'),
    admin.delete('/api/sessions/%00'),
  ]);
  for (const { status, json } of answers) expect([status, json.error.code]).toEqual([400, 'invalid_parameter']);
});

test('an address of signing in that there is not is 404 in the words of every other', async () => {
  const { status, json } = await admin.ask('/api/auth/no-such-thing');
  expect([status, json.error.code]).toEqual([404, 'not_found']);
});

test('who comes back from a provider with nothing known of it is led to the page for signing in', async () => {
  const { status, headers } = await new Visitor(server).ask('/api/auth/callback/github?code=a&state=b');
  expect(status).toBe(302);
  expect(headers.get('location')).toMatch(/^(http:\/\/localhost:\d+)?\/sign-in\?error=/);
});

describe('the origin of a key', () => {
  test.each([
    ['https://Shop.example/', 'https://shop.example'],
    ['https://shop.example:443', 'https://shop.example'],
    ['https://blumenläden.example', 'https://xn--blumenlden-w5a.example'],
    ['http://localhost:3000', 'http://localhost:3000'],
  ])('given as %s is what a browser there sends: %s', async (given, sent) => {
    const { json } = await admin.post('/api/keys', { name: 'Pages', kind: 'live', origins: [given] });
    const use = async (origin: string) =>
      (await call(server, '/v1/auth', { headers: { Authorization: `Bearer ${json.key}`, Origin: origin } })).status;
    expect([await use(sent), await use('https://other.example')]).toEqual([200, 403]);
  });

  test.each(['https://*.shop.example', 'https://shop.example/page', 'https://', 'null', '*'])(
    'cannot be %s, which no browser sends',
    async (given) => {
      const { status } = await admin.post('/api/keys', { name: 'Pages', kind: 'live', origins: [given] });
      expect(status).toBe(400);
    },
  );
});
