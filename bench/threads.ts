/** Both ends of the threads that follow the load: a job alone has every core, and under load each has one. */
import { precisionOfQuality, type ReadyModel } from '../src/domain/model.ts';
import { openBareSession } from './bare-session.ts';
import { type BenchServer, makePhoto, SIZES } from './bench-server.ts';
import { AIMS, median, printFinding } from './findings.ts';
import { makeLanes, measureRate } from './saturation.ts';

/** Until every child is there. */
const WARM_SECONDS = 4;
const ROUNDS = 3;
const ROUND_SECONDS = 4;
/** Of each bare session in a round. */
const RUNS = 4;

type ThreadsBench = {
  readonly server: BenchServer;
  readonly model: ReadyModel;
  readonly cores: number;
  readonly repeats: number;
};

export async function benchThreads({ server, model, cores, repeats }: ThreadsBench): Promise<void> {
  const photo = await makePhoto(SIZES['1 MP']);
  const precision = precisionOfQuality(model, 'fast');
  const [wide, ...narrow] = await Promise.all(
    [cores, ...new Array<number>(cores).fill(1)].map((threads) =>
      openBareSession(model, { precision, threads, as: 'child' }),
    ),
  );
  try {
    await server.remove(photo, 'fast');
    const alone: { wide: number; narrow: number; job: number }[] = [];
    for (let i = 0; i < repeats; i++) {
      const [[onAll = 0] = [], [onOne = 0] = []] = [await wide?.run(1), await narrow[0]?.run(1)];
      alone.push({ wide: onAll, narrow: onOne, job: (await server.remove(photo, 'fast')).stages.infer ?? 0 });
    }
    const of = (name: 'wide' | 'narrow' | 'job') => median(alone.map((each) => each[name]));
    const times = (job: number, bare: number) => `${job.toFixed(0)} / ${bare.toFixed(0)} ms`;
    printFinding(
      `infer, a job alone / bare, ${cores} threads`,
      of('job') / of('wide'),
      AIMS.inferAlone,
      times(of('job'), of('wide')),
    );
    printFinding(
      'infer, a job alone / bare, 1 thread',
      of('job') / of('narrow'),
      undefined,
      times(of('job'), of('narrow')),
    );

    const loaded: number[] = [];
    const bare: number[] = [];
    const lanes = makeLanes(server, photo, cores, ({ stages }) => loaded.push(stages.infer ?? 0));
    await measureRate(lanes, WARM_SECONDS);
    loaded.length = 0;
    for (let round = 0; round < ROUNDS; round++) {
      await measureRate(lanes, ROUND_SECONDS);
      const runs = narrow.map((session) => session.run(RUNS));
      bare.push(...(await Promise.all(runs)).flat());
    }
    const ratio = median(loaded) / median(bare);
    printFinding(
      `infer, under load / ${cores} bare, 1 thread`,
      ratio,
      AIMS.inferLoaded,
      times(median(loaded), median(bare)),
    );
  } finally {
    for (const session of [wide, ...narrow]) session?.close();
  }
}
