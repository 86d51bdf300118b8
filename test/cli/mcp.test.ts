/** `remuvr mcp` in a session, as the host of an agent leads it: with the model here, and with a server. */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEnterprise } from '../helpers/api.ts';
import { createInstallation, type Installation, PHOTOS, REMUVR, type ServerProcess, until } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let key: string;
let folder: string;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start();
  key = await createEnterprise(installation, 'agent');
  folder = await mkdtemp(path.join(tmpdir(), 'remuvr-mcp-'));
  await copyFile(path.join(PHOTOS, 'rocket.jpg'), path.join(folder, 'photo.jpg'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await installation?.dispose();
});

type Reply = {
  id: number | null;
  result?: {
    isError?: boolean;
    content?: { type: string; text: string }[];
    structuredContent?: Record<string, unknown>;
    tools?: { name: string; inputSchema: { type: string; properties: object; required: string[] } }[];
  };
  error?: { code: number; message: string };
};

class Session {
  readonly #child: ChildProcess;
  readonly #replies: Reply[] = [];
  #lastId = 0;

  constructor(...args: string[]) {
    this.#child = spawn(REMUVR, ['mcp', ...args], { env: installation.env, cwd: folder, stdio: 'pipe' });
    // Whatever is no JSON on stdout would break a host; here it breaks the test.
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) =>
      this.#replies.push(JSON.parse(line)),
    );
  }

  write(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  async read(id: number | null): Promise<Reply> {
    return await until(`${id} is answered`, async () => this.#replies.find((reply) => reply.id === id));
  }

  async ask(method: string, params: object = {}): Promise<Reply> {
    const id = ++this.#lastId;
    this.write(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return await this.read(id);
  }

  async begin(protocolVersion = '2025-06-18'): Promise<Reply> {
    const clientInfo = { name: 'test', version: '1' };
    const reply = await this.ask('initialize', { protocolVersion, capabilities: {}, clientInfo });
    this.write('{"jsonrpc":"2.0","method":"notifications/initialized"}');
    return reply;
  }

  async callTool(name: string, given: object = {}) {
    const { result, error } = await this.ask('tools/call', { name, arguments: given });
    return {
      error,
      isError: result?.isError ?? false,
      text: result?.content?.[0]?.text ?? '',
      told: result?.structuredContent,
    };
  }

  async end(): Promise<number | null> {
    const exited = new Promise<number | null>((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin?.end();
    return await exited;
  }
}

const jobOf = (told: Record<string, unknown> = {}) => told.job as { readonly id: string; readonly status: string };

describe('with the model of this machine', () => {
  test('a session is begun, its tool cuts out a file, its mistakes are told, and it ends with its input', async () => {
    const session = new Session();
    expect((await session.begin('2024-11-05')).result).toEqual({
      protocolVersion: '2024-11-05',
      capabilities: { tools: {} },
      serverInfo: { name: 'remuvr', version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
    });
    expect((await session.ask('ping')).result).toEqual({});
    const tools = (await session.ask('tools/list')).result?.tools ?? [];
    expect(tools.map((tool) => [tool.name, tool.inputSchema.required])).toEqual([['remove_background', ['input']]]);

    const done = await session.callTool('remove_background', { input: 'photo.jpg', format: 'webp', quality: 'fast' });
    const output = path.join(folder, 'photo-cutout.webp');
    expect(done.told).toEqual({ output: expect.stringContaining('photo-cutout.webp'), confidence: expect.any(Number) });
    expect(JSON.parse(done.text)).toEqual(done.told);
    expect(await sharp(output).metadata()).toMatchObject({ format: 'webp', width: 640, hasAlpha: true });

    const wrong: [object, string][] = [
      [{ input: 'absent.jpg' }, 'absent.jpg: There is no such file.'],
      [{ input: 'photo.jpg', output: 'photo.jpg' }, 'take the place of the picture itself'],
      [{ input: 'photo.jpg', format: 'bmp' }, '"format" must be one of png'],
      [{ input: 'photo.jpg', mask: 'yes' }, '"mask" must be a boolean'],
      [{ input: 'photo.jpg', size: 'hd' }, 'There is no "size"'],
      [{}, '"input" is missing'],
    ];
    for (const [given, sentence] of wrong) {
      expect(await session.callTool('remove_background', given)).toMatchObject({
        isError: true,
        text: expect.stringContaining(sentence),
      });
    }
    expect(await session.end()).toBe(0);
  });

  test('what is not of the protocol is answered with the codes of JSON-RPC, and the session goes on', async () => {
    const session = new Session();
    expect((await session.begin('1999-01-01')).result).toMatchObject({ protocolVersion: '2025-06-18' });
    session.write('{ no json');
    expect((await session.read(null)).error?.code).toBe(-32700);
    expect((await session.ask('resources/list')).error?.code).toBe(-32601);
    expect((await session.callTool('format_disk')).error?.code).toBe(-32602);
    session.write('{"jsonrpc":"2.0","id":99}');
    expect((await session.read(99)).error?.code).toBe(-32600);
    session.write('');
    expect((await session.ask('ping')).result).toEqual({});
    expect(await session.end()).toBe(0);
  });
});

describe('with a server', () => {
  test('it cuts out, makes jobs and tells of them, and tells the usage', async () => {
    const session = new Session('--api-url', server.url, '--key', key);
    await session.begin();
    const tools = (await session.ask('tools/list')).result?.tools ?? [];
    expect(tools.map((tool) => tool.name)).toEqual(['remove_background', 'job_status', 'usage']);
    const order = { input: 'photo.jpg', output: 'deep/mask.png', mask: true, quality: 'fast' };
    const done = await session.callTool('remove_background', order);
    expect(done.told).toMatchObject({ width: 640, height: 427, creditsCharged: 1 });
    expect(await readdir(path.join(folder, 'deep'))).toEqual(['mask.png']);
    expect(await sharp(path.join(folder, 'deep/mask.png')).metadata()).toMatchObject({ channels: 1 });
    const made = await session.callTool('remove_background', { input: 'photo.jpg', wait: false, quality: 'fast' });
    const { id } = jobOf(made.told);
    await until('the job is completed', async () => {
      const { told } = await session.callTool('job_status', { id });
      return jobOf(told).status === 'completed';
    });
    expect((await session.callTool('usage')).told).toMatchObject({ usage: { plan: 'enterprise', totalRequests: 2 } });
    expect(await session.callTool('job_status', { id: 'none' })).toMatchObject({ isError: true });
    expect(await session.end()).toBe(0);
  });
});
