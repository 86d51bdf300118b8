/**
 * One request alone against the bare session of the same form with every thread: alternating, at each quality and size.
 * Judged by the model's file as it is; beside it, the ratio to the session as the children open it.
 */
import type { ReadyModel } from '../src/domain/model.ts';
import { precisionOfQuality } from '../src/domain/model.ts';
import type { Precision } from '../src/domain/precision.ts';
import { QUALITIES } from '../src/domain/removal-options.ts';
import { type BareSession, type Opening, openBareSession } from './bare-session.ts';
import { type BenchServer, makePhoto, SIZES, type Timed } from './bench-server.ts';
import { AIMS, type Aim, median, printFinding } from './findings.ts';

export type LatencyBench = {
  readonly server: BenchServer;
  readonly model: ReadyModel;
  readonly threads: number;
  readonly repeats: number;
};

export async function benchLatency({ server, model, threads, repeats }: LatencyBench): Promise<void> {
  const sessions = new Map<Precision, Readonly<Record<Opening, BareSession>>>();
  try {
    for (const quality of QUALITIES) {
      const precision = precisionOfQuality(model, quality);
      const open = (as: Opening) => openBareSession(model, { precision, threads, as });
      const bare = sessions.get(precision) ?? { file: await open('file'), child: await open('child') };
      sessions.set(precision, bare);
      for (const { size, pixels, isDoubted } of PHOTOS) {
        if (isDoubted && quality !== 'auto') continue;
        const photo = await makePhoto(pixels, { isDoubted });
        for (let i = 0; i < WARM_UPS; i++) await server.remove(photo, quality);
        const alone: number[] = [];
        const asChild: number[] = [];
        const whole: Timed[] = [];
        for (let i = 0; i < repeats; i++) {
          alone.push(...(await bare.file.run(1)));
          whole.push(await server.remove(photo, quality));
          asChild.push(...(await bare.child.run(1)));
        }
        const name = `request / bare ${precision} session, ${quality}, ${size}`;
        printLatency(name, size === '1 MP' ? RATIOS[quality] : undefined, [median(alone), median(asChild)], whole);
        const beside = size === '12 MP' ? BESIDE[quality] : undefined;
        if (beside) printBeside(`request − bare ${precision} session, ${quality}, ${size}, ms`, beside, alone, whole);
      }
    }
  } finally {
    for (const { file, child } of sessions.values()) for (const bare of [file, child]) bare.close();
  }
}

/** Server and child run what V8 has not compiled yet: the first ten requests took 700 to 560 ms, those after them 545. */
const WARM_UPS = 8;

const PHOTOS = [
  { size: '1 MP', pixels: SIZES['1 MP'], isDoubted: false },
  { size: '12 MP', pixels: SIZES['12 MP'], isDoubted: false },
  { size: '1 MP, in doubt', pixels: SIZES['1 MP'], isDoubted: true },
] as const;

const RATIOS = { fast: AIMS.fastLatency, auto: AIMS.autoLatency, best: undefined };
const BESIDE = { fast: AIMS.fastBeside, auto: AIMS.autoBeside, best: undefined };

function printBeside(name: string, aim: Aim, alone: readonly number[], whole: readonly Timed[]): void {
  printFinding(name, median(whole.map(({ ms }) => ms)) - median(alone), aim, 'everything included');
}

function printLatency(
  name: string,
  aim: Aim | undefined,
  [bareMs, childMs]: readonly [number, number],
  whole: readonly Timed[],
): void {
  const requestMs = median(whole.map(({ ms }) => ms));
  const names = Object.keys(whole[0]?.stages ?? {});
  const inStages = whole.map(({ ms, stages }) => ms - names.reduce((sum, each) => sum + (stages[each] ?? 0), 0));
  const stages = names.map((each) => `${each} ${median(whole.map((timed) => timed.stages[each] ?? 0)).toFixed(0)}`);
  const tuned = `${(requestMs / childMs).toFixed(2)} of ${childMs.toFixed(0)} ms as a child opens it`;
  const times = `${requestMs.toFixed(0)} − ${bareMs.toFixed(0)} = ${(requestMs - bareMs).toFixed(0)} ms; ${tuned}`;
  printFinding(name, requestMs / bareMs, aim, `${times}; ${stages.join(', ')}, else ${median(inStages).toFixed(0)}`);
}
