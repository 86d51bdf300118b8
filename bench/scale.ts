/**
 * Workers beside a server, in processes of their own: as many real ones as there are cores, and more whose inference is a
 * wait of the same length without the processor, so that what grows with their number shows: server, database, queue.
 */
import { precisionOfQuality, type ReadyModel } from '../src/domain/model.ts';
import { openBareSession } from './bare-session.ts';
import { type BenchWorker, makePhoto, openBenchServer, SIZES } from './bench-server.ts';
import { cpuOfEach } from './cpu.ts';
import { median, printFinding } from './findings.ts';
import { makeLanes, measureRate } from './saturation.ts';

const SIMULATED = [2, 4, 8];
/** Until every child is there. */
const WARM_SECONDS = 4;

type ScaleBench = { readonly model: ReadyModel; readonly cores: number; readonly seconds: number };

export async function benchScale({ model, cores, seconds }: ScaleBench): Promise<void> {
  const reals = [...new Set([1, cores])];
  const bare = new Map<number, number>();
  for (const count of reals) bare.set(count, await measureBare(model, count, seconds));
  const alone = 1000 / (bare.get(1) ?? Number.NaN);
  for (const count of reals) await benchWorkers({ children: count }, bare.get(count) ?? Number.NaN, alone, seconds);
  for (const count of SIMULATED) {
    await benchWorkers({ children: count, waitMs: alone }, (count * 1000) / alone, 0, seconds);
  }
}

/** Images a second of so many bare sessions at once. */
async function measureBare(model: ReadyModel, count: number, seconds: number): Promise<number> {
  const precision = precisionOfQuality(model, 'fast');
  const sessions = await Promise.all(
    Array.from({ length: count }, () => openBareSession(model, { precision, threads: 1, as: 'child' })),
  );
  try {
    return await measureRate(
      sessions.map((session) => () => session.run(1)),
      seconds,
    );
  } finally {
    for (const session of sessions) session.close();
  }
}

/** `ideal`: images a second of as many sessions; `inferenceMs`: of the processor's time of one image. */
async function benchWorkers(worker: BenchWorker, ideal: number, inferenceMs: number, seconds: number): Promise<void> {
  const photo = await makePhoto(SIZES['1 MP']);
  const server = await openBenchServer(worker);
  try {
    const queued: number[] = [];
    let images = 0;
    const lanes = makeLanes(server, photo, worker.children, ({ stages }) => {
      images++;
      queued.push(stages.queue ?? 0);
    });
    await measureRate(lanes, WARM_SECONDS);
    const before = await server.readCpu();
    images = 0;
    const rate = await measureRate(lanes, seconds);
    const { loops, database, children } = cpuOfEach(before, await server.readCpu(), images);
    const beside = children - inferenceMs;
    const cost = `server and loop ${loops.toFixed(0)}, database ${database.toFixed(0)}, child ${beside.toFixed(0)}`;
    const kind = worker.waitMs === undefined ? 'real' : 'simulated';
    const detail = `${rate.toFixed(2)} / ${ideal.toFixed(2)} images a second; CPU ms of each beside inference: ${cost}; queue ${median(queued).toFixed(0)} ms`;
    printFinding(`${worker.children} ${kind} workers / as many bare sessions`, rate / ideal, undefined, detail);
  } finally {
    await server.close();
  }
}
