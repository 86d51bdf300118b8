/** Idle connections that are kept alive: what each costs the server, whether it answers beside them, and how they end. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type BenchServer, makePhoto, openBenchServer, SIZES } from './bench-server.ts';
import { AIMS, median, percentile, printFinding } from './findings.ts';

/** Fewer than the backlog of a socket that listens. */
const OPENED_AT_ONCE = 200;
/** Below the time for which the server keeps an idle connection. */
const HELD_SECONDS = 20;
const REPEATS = 5;

/** On a server of its own, which is stopped while they are open. */
export async function benchConnections(count: number): Promise<void> {
  const photo = await makePhoto(SIZES['1 MP']);
  const server = await openBenchServer();
  const sockets: Socket[] = [];
  let isStopped = false;
  try {
    const alone = await measure(server, photo);
    const before = await serverMib(server);
    const startedAt = performance.now();
    while (sockets.length < count) {
      const missing = Math.min(OPENED_AT_ONCE, count - sockets.length);
      sockets.push(...(await Promise.all(Array.from({ length: missing }, () => openIdle(server.url)))));
    }
    const opened = ((performance.now() - startedAt) / 1000).toFixed(1);
    await new Promise((resolve) => setTimeout(resolve, HELD_SECONDS * 1000));
    const held = sockets.filter((socket) => socket.readable && socket.writable).length;
    const each = (((await serverMib(server)) - before) * 1024) / count;
    const beside = await measure(server, photo);
    printFinding('idle connections held', held, { atLeast: count }, `of ${count}, opened in ${opened} s`);
    printFinding('memory of the server for each', each, AIMS.connectionKib, `KiB, above ${before} MiB`);
    printFinding(
      'a removal beside them / alone',
      beside.remove / alone.remove,
      undefined,
      `${say(beside)}; ${say(alone)}`,
    );
    isStopped = true;
    await countEnds(server, sockets);
  } finally {
    for (const socket of sockets) socket.destroy();
    if (!isStopped) await server.close();
  }
}

/** One request, so that the server knows it as a caller's; then nothing. */
async function openIdle(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write('GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  if (!answer.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(`the server answered ${answer}`);
  return socket;
}

const serverMib = async (server: BenchServer): Promise<number> => (await server.readMemory()).server.nowMib;

type Times = { readonly remove: number; readonly auth: number };

async function measure(server: BenchServer, photo: Uint8Array): Promise<Times> {
  const [removals, questions]: [number[], number[]] = [[], []];
  for (let i = 0; i < REPEATS; i++) removals.push((await server.remove(photo, 'fast')).ms);
  for (let i = 0; i < REPEATS * 20; i++) questions.push(await server.auth());
  return { remove: median(removals), auth: percentile(questions, 0.99) };
}

const say = ({ remove, auth }: Times): string => `removal ${remove.toFixed(0)} ms, p99 of auth ${auth.toFixed(1)} ms`;

async function countEnds(server: BenchServer, sockets: readonly Socket[]): Promise<void> {
  let resets = 0;
  const ends = sockets.map(async (socket) => {
    socket.on('error', () => resets++);
    await once(socket.resume(), 'close');
  });
  const startedAt = performance.now();
  const stopped = server.close();
  await Promise.all(ends);
  const closed = ((performance.now() - startedAt) / 1000).toFixed(1);
  await stopped;
  printFinding(
    'connections ended in order at SIGTERM',
    sockets.length - resets,
    { atLeast: sockets.length },
    `in ${closed} s`,
  );
}
