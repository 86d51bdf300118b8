/**
 * Scores the whole pipeline against pictures with ground truth, at each quality, odd and even photos apart, each in the
 * precision that the server takes for it here; `plain` is the network's own matte in single precision, enlarged.
 *
 *   npm run bench:quality -- --sets DIR [--score FILE] [--only SET,SET] [--threads N] [--half odd|even]
 *     [--quality plain,fast,auto,best]
 *
 * DIR/<set>/im holds the photos, DIR/<set>/gt their mattes. The figures are those of the scoring program, by default the
 * score.mjs beside DIR. Odd photos, by the order of their names, are those that parameters were chosen on.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openOrtSession } from '../src/adapters/ort-session.ts';
import { createSharpCodec } from '../src/adapters/sharp-codec.ts';
import { packZip } from '../src/adapters/zip-writer.ts';
import { finishAlpha } from '../src/domain/matting/alpha.ts';
import type { Precision } from '../src/domain/precision.ts';
import { inPrecision, precisionOfQuality, type ReadyModel } from '../src/domain/ready-model.ts';
import { DEFAULT_REMOVAL_OPTIONS, QUALITIES } from '../src/domain/removal-options.ts';
import { type PipelineParts, runPipeline } from '../src/worker/pipeline.ts';
import { loadBenchModel } from './bare-session.ts';
import { median } from './findings.ts';
import { type Figures, printSummary, readFigures, type Way } from './quality-summary.ts';

type Photo = { readonly set: string; readonly name: string; readonly parity: 'even' | 'odd' };

const { values: given } = parseArgs({
  options: {
    sets: { type: 'string' },
    score: { type: 'string' },
    only: { type: 'string' },
    threads: { type: 'string', default: '2' },
    half: { type: 'string', default: 'odd,even' },
    quality: { type: 'string', default: ['plain', ...QUALITIES].join(',') },
  },
});

function listPhotos(sets: string, only: readonly string[] | undefined): Photo[] {
  const folders = readdirSync(sets).filter((set) => statSync(path.join(sets, set)).isDirectory());
  return folders
    .filter((set) => !only || only.includes(set))
    .sort()
    .flatMap((set) =>
      readdirSync(path.join(sets, set, 'im'))
        .sort()
        .map((name, i): Photo => ({ set, name, parity: i % 2 === 0 ? 'even' : 'odd' })),
    );
}

/** The scoring program takes whole folders: those of each half are made of links. */
function linkHalves(sets: string, work: string, photos: readonly Photo[]): void {
  for (const { set, name, parity } of photos) {
    const half = path.join(work, parity, set);
    mkdirSync(path.join(half, 'im'), { recursive: true });
    symlinkSync(path.join(sets, set, 'im', name), path.join(half, 'im', name));
    for (const part of ['gt', 'ign']) {
      const [from, to] = [path.join(sets, set, part), path.join(half, part)];
      if (existsSync(from) && !existsSync(to)) symlinkSync(from, to);
    }
  }
}

type Prediction = { readonly parts: PipelineParts; readonly from: string; readonly to: string };

const MAX_PIXELS = 100_000_000;

/** What everybody gets from these weights: squashed, inferred, enlarged. */
async function predictPlainly({ parts, from, to }: Prediction): Promise<number> {
  const { codec, session } = parts;
  const image = await codec.decode(from, { maxPixels: MAX_PIXELS });
  const { inputSize: size } = session;
  const square = await codec.resizeToSquare(image, size);
  const data = await session.run(session.prepare(square));
  const alpha = finishAlpha({ data, width: size, height: size }, image, 0);
  const { width, height } = image;
  writeFileSync(to, await codec.encode(alpha, { width, height, channels: 1 }, 'png'));
  return 0;
}

/** Milliseconds of refinement. */
async function predict(prediction: Prediction, way: Way): Promise<number> {
  if (way === 'plain') return await predictPlainly(prediction);
  const { timings } = await runPipeline(prediction.parts, {
    inputPath: prediction.from,
    outputPath: prediction.to,
    request: {
      ...DEFAULT_REMOVAL_OPTIONS,
      output: 'mask',
      quality: way,
      isWatermarked: false,
      maxPixels: MAX_PIXELS,
    },
  });
  return timings.refine;
}

type Job = {
  readonly sets: string;
  readonly work: string;
  readonly photos: readonly Photo[];
  readonly model: ReadyModel;
};

/** Every photo in one way; returns the folder of the mattes. */
async function predictAll({ sets, work, photos, model }: Job, way: Way): Promise<string> {
  const threads = Number(given.threads);
  const precision = way === 'plain' ? 'fp32' : precisionOfQuality(model, way);
  const open = (form: Precision) => openOrtSession({ model: inPrecision(model, form), threads });
  const session = await open(precision);
  const mirrorSession = way === 'best' ? await open(precisionOfQuality(model, 'auto')) : session;
  const parts = {
    codec: createSharpCodec({ threads }),
    session,
    mirrorSession,
    matteShift: model.matteShift ?? 0,
    packZip,
  };
  const target = path.join(work, way);
  try {
    const refineTimes: number[] = [];
    for (const { set, name } of photos) {
      mkdirSync(path.join(target, set), { recursive: true });
      const to = path.join(target, set, `${path.parse(name).name}.png`);
      refineTimes.push(await predict({ parts, from: path.join(sets, set, 'im', name), to }, way));
    }
    console.log(`\n${way}: in ${precision}, median of refinement ${median(refineTimes).toFixed(0)} ms`);
  } finally {
    await session.close();
    if (mirrorSession !== session) await mirrorSession.close();
  }
  return target;
}

function scoreHalf(score: string, half: string, target: string): Figures | undefined {
  const report = `${target}-${path.basename(half)}.json`;
  const args = [score, '--sets', half, '--pred', target, '--json', report];
  if (spawnSync(process.execPath, args, { stdio: 'inherit' }).status !== 0) process.exitCode = 1;
  return existsSync(report) ? readFigures(report) : undefined;
}

async function main(): Promise<void> {
  if (given.sets === undefined) throw new Error('--sets DIR is missing');
  const sets = path.resolve(given.sets);
  const score = path.resolve(given.score ?? path.join(sets, '../score.mjs'));
  const ways = (['plain', ...QUALITIES] as const).filter((way) => given.quality.split(',').includes(way));
  const photos = listPhotos(sets, given.only?.split(',')).filter(({ parity }) =>
    given.half.split(',').includes(parity),
  );
  const model = await loadBenchModel();
  const work = mkdtempSync(path.join(tmpdir(), 'remuvr-quality-'));
  try {
    linkHalves(sets, work, photos);
    const figures = { odd: new Map<Way, Figures>(), even: new Map<Way, Figures>() };
    for (const way of ways) {
      const target = await predictAll({ sets, work, photos, model }, way);
      for (const parity of ['odd', 'even'] as const) {
        if (!existsSync(path.join(work, parity))) continue;
        console.log(`\n${way}, ${parity} photos`);
        const found = scoreHalf(score, path.join(work, parity), target);
        if (found) figures[parity].set(way, found);
      }
    }
    for (const parity of ['odd', 'even'] as const) printSummary(parity, figures[parity]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

await main();
