/** How long GET /v1/auth takes on a machine that is idle, and on one whose every core infers: alternating rounds. */
import { type BenchServer, makePhoto, SIZES } from './bench-server.ts';
import { AIMS, percentile, printFinding } from './findings.ts';

/** Steady, and no caller waits for another: an answer that is late delays no question. */
const QUESTIONS_A_SECOND = 50;
const LANES_PER_CORE = 3;

export type AuthBench = {
  readonly server: BenchServer;
  readonly cores: number;
  readonly rounds: number;
  readonly seconds: number;
};

export async function benchAuth({ server, cores, rounds, seconds }: AuthBench): Promise<void> {
  const photo = await makePhoto(SIZES['1 MP']);
  const idle: number[] = [];
  const loaded: number[] = [];
  let removals = 0;
  // Until every child is there, and every connection.
  await whileLoaded(server, photo, cores, () => askSteadily(server, 5));
  for (let round = 0; round < rounds; round++) {
    idle.push(...(await askSteadily(server, seconds)));
    await whileLoaded(server, photo, cores, async (done) => {
      loaded.push(...(await askSteadily(server, seconds)));
      removals += done();
    });
  }
  const show = (times: readonly number[]) =>
    [0.5, 0.95, 0.99, 1].map((share) => percentile(times, share).toFixed(1)).join(' / ');
  const rate = (removals / rounds / seconds).toFixed(2);
  console.log(
    `auth, median / p95 / p99 / most, ms: idle ${show(idle)}; beside ${rate} removals a second ${show(loaded)}`,
  );
  const detail = `ms; idle ${percentile(idle, 0.99).toFixed(1)}; ${loaded.length} questions`;
  printFinding('p99 of auth while every core infers', percentile(loaded, 0.99), AIMS.authLatency, detail);
}

/** Milliseconds from the moment that each question was due. */
async function askSteadily(server: BenchServer, seconds: number): Promise<number[]> {
  const startedAt = performance.now();
  const asked = Array.from({ length: seconds * QUESTIONS_A_SECOND }, async (_, i) => {
    const dueAt = startedAt + (i * 1000) / QUESTIONS_A_SECOND;
    await new Promise((resolve) => setTimeout(resolve, dueAt - performance.now()));
    await server.auth();
    return performance.now() - dueAt;
  });
  return await Promise.all(asked);
}

/** `done`: how many removals were answered so far. */
async function whileLoaded(
  server: BenchServer,
  photo: Uint8Array,
  cores: number,
  work: (done: () => number) => Promise<unknown>,
): Promise<void> {
  let isOver = false;
  let count = 0;
  const lanes = Array.from({ length: cores * LANES_PER_CORE }, async () => {
    while (!isOver) {
      await server.remove(photo, 'fast');
      count++;
    }
  });
  try {
    await work(() => count);
  } finally {
    isOver = true;
    await Promise.all(lanes);
  }
}
