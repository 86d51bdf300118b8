/** Images a second under load against as many bare one-thread sessions as cores: alternating rounds. */
import { precisionOfQuality, type ReadyModel } from '../src/domain/model.ts';
import { type BareSession, openBareSession } from './bare-session.ts';
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
  const opening = Array.from({ length: cores }, () => openBareSession(model, precisionOfQuality(model, 'fast'), 1));
  const sessions = await Promise.all(opening);
  try {
    const lanes = makeLanes(server, photo, cores);
    // Until every child is there.
    await measureRate(lanes, 5);
    const rates: { bare: number; server: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      const bare = await measureRate(
        sessions.map((session: BareSession) => () => session.run(1)),
        seconds,
      );
      rates.push({ bare, server: await measureRate(lanes, seconds) });
    }
    const [whole, bare] = [median(rates.map((rate) => rate.server)), median(rates.map((rate) => rate.bare))];
    const ratio = median(rates.map((rate) => rate.server / rate.bare));
    const each = rates.map((rate) => (rate.server / rate.bare).toFixed(2)).join(' ');
    const detail = `${whole.toFixed(2)} / ${bare.toFixed(2)} images a second; rounds of ${seconds} s: ${each}`;
    printFinding(`server / ${cores} bare sessions at saturation, fast`, ratio, AIMS.saturation, detail);
  } finally {
    for (const session of sessions) session.close();
  }
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
