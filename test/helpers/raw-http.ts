/** HTTP by hand, for what a well-behaved client never sends: half a body, no body, or no HTTP at all. */
import { connect } from 'node:net';
import type { Answer } from './api.ts';

export type RawConnection = {
  write(data: string | Uint8Array): Promise<void>;
  /** The next answer; rejects when the connection ends before it is whole. */
  answer(): Promise<Answer>;
  isOpen(): boolean;
  close(): void;
};

const ANSWER_TIMEOUT_MS = 20_000;

/** Reads one answer from the front of `received`; undefined while it is not whole. */
function takeAnswer(received: Buffer): { answer: Answer; length: number } | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [first = '', ...lines] = received.toString('latin1', 0, headEnd).split('\r\n');
  const headers = new Headers(
    lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const status = Number(first.split(' ')[1]);
  const start = headEnd + 4;
  const end = start + (status < 200 ? 0 : Number(headers.get('content-length') ?? 0));
  if (received.length < end) return undefined;
  const bytes = received.subarray(start, end);
  const type = (headers.get('content-type') ?? '').split(';')[0] ?? '';
  return { answer: { status, headers, bytes, type, json: <T>() => JSON.parse(String(bytes)) as T }, length: end };
}

export async function openConnection(url: string): Promise<RawConnection> {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
  let received = Buffer.alloc(0);
  let isOpen = true;
  let wake = () => {};
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    wake();
  });
  socket.on('error', () => {});
  for (const event of ['end', 'close'] as const) {
    socket.on(event, () => {
      isOpen = false;
      wake();
    });
  }
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  return {
    write: (data) =>
      new Promise((resolve, reject) => socket.write(data, (error) => (error ? reject(error) : resolve()))),
    async answer() {
      const deadline = Date.now() + ANSWER_TIMEOUT_MS;
      for (;;) {
        const taken = takeAnswer(received);
        if (taken) {
          received = received.subarray(taken.length);
          // 100 Continue is not the answer yet.
          if (taken.answer.status < 200) continue;
          return taken.answer;
        }
        if (!isOpen) throw new Error(`the connection ended after: ${String(received).slice(0, 300)}`);
        if (Date.now() > deadline) throw new Error('no answer came in time');
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 500);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    },
    isOpen: () => isOpen,
    close: () => void socket.destroy(),
  };
}
