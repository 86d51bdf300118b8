/**
 * Images a second under load against as many bare one-thread sessions as cores: alternating rounds. Judged by the model's
 * file as it is; beside it, the same by sessions as the children open them.
 */
import { precisionOfQuality, type ReadyModel } from '../src/domain/model.ts';
import { type BareSession, type Opening, openBareSession } from './bare-session.ts';
import { type BenchServer, makePhoto, SIZES, type Timed } from './bench-server.ts';
import { AIMS, median, printFinding } from './findings.ts';

export type SaturationBench = {
  readonly server: BenchServer;
  readonly model: ReadyModel;
  readonly cores: number;
  readonly rounds: number;
  readonly seconds: number;
};

/** Requests under way for each core: enough that one always waits. */
const LANES_PER_CORE = 3;

export async function benchSaturation({ server, model, cores, rounds, seconds }: SaturationBench): Promise<void> {
  const photo = await makePhoto(SIZES['1 MP']);
  const precision = precisionOfQuality(model, 'fast');
  const open = (as: Opening) =>
    Promise.all(Array.from({ length: cores }, () => openBareSession(model, { precision, threads: 1, as })));
  const [files, likeChildren] = [await open('file'), await open('child')];
  try {
    const lanes = makeLanes(server, photo, cores);
    // Until every child is there.
    await measureRate(lanes, 5);
    const runAll = (sessions: readonly BareSession[]) =>
      measureRate(
        sessions.map((session) => () => session.run(1)),
        seconds,
      );
    const rates: Rates[] = [];
    for (let round = 0; round < rounds; round++) {
      const file = await runAll(files);
      rates.push({ file, server: await measureRate(lanes, seconds), child: await runAll(likeChildren) });
    }
    const name = `server / ${cores} bare sessions at saturation, fast`;
    printRatio(name, rates, 'file', seconds);
    printRatio(`${name}, as children open them`, rates, 'child', seconds);
  } finally {
    for (const session of [...files, ...likeChildren]) session.close();
  }
}

type Rates = Readonly<Record<Opening | 'server', number>>;

function printRatio(name: string, rates: readonly Rates[], by: Opening, seconds: number): void {
  const [whole, bare] = [median(rates.map((rate) => rate.server)), median(rates.map((rate) => rate[by]))];
  const ratios = rates.map((rate) => rate.server / rate[by]);
  const each = ratios.map((ratio) => ratio.toFixed(2)).join(' ');
  const detail = `${whole.toFixed(2)} / ${bare.toFixed(2)} images a second; rounds of ${seconds} s: ${each}`;
  printFinding(name, median(ratios), by === 'file' ? AIMS.saturation : undefined, detail);
}

/** What each lane does again and again; `take` gets the times of each picture. */
export function makeLanes(
  server: BenchServer,
  photo: Uint8Array,
  cores: number,
  take: (timed: Timed) => void = () => {},
) {
  return Array.from({ length: cores * LANES_PER_CORE }, () => async () => take(await server.remove(photo, 'fast')));
}

/** Images a second: each lane does its work again and again, and what is under way at the end is waited for, and counts. */
export async function measureRate(lanes: readonly (() => Promise<unknown>)[], seconds: number): Promise<number> {
  let done = 0;
  const startedAt = performance.now();
  const elapsed = () => (performance.now() - startedAt) / 1000;
  const runLane = async (work: () => Promise<unknown>): Promise<void> => {
    while (elapsed() < seconds) {
      await work();
      done++;
    }
  };
  await Promise.all(lanes.map(runLane));
  return done / elapsed();
}
