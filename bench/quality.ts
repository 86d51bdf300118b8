/**
 * Scores the whole pipeline against pictures with ground truth, at each quality, odd and even photos apart.
 *
 *   npm run bench:quality -- --sets DIR [--score FILE] [--only SET,SET] [--threads N] [--quality fast,auto,best]
 *
 * DIR/<set>/im holds the photos, DIR/<set>/gt their mattes. The figures are those of the scoring program, by default the
 * score.mjs beside DIR. Odd photos, by the order of their names, are those that parameters were chosen on.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openOrtSession } from '../src/adapters/ort-session.ts';
import { createSharpCodec } from '../src/adapters/sharp-codec.ts';
import { packZip } from '../src/adapters/zip-writer.ts';
import { QUALITIES, type Quality } from '../src/domain/removal-options.ts';
import { type PipelineParts, runPipeline } from '../src/worker/pipeline.ts';
import { cachedModel } from '../test/helpers/model-cache.ts';

type Photo = { readonly set: string; readonly name: string; readonly parity: 'even' | 'odd' };

const { values: given } = parseArgs({
  options: {
    sets: { type: 'string' },
    score: { type: 'string' },
    only: { type: 'string' },
    threads: { type: 'string', default: '2' },
    quality: { type: 'string', default: QUALITIES.join(',') },
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

async function predict(parts: PipelineParts, sets: string, photo: Photo, quality: Quality, target: string) {
  const folder = path.join(target, photo.set);
  mkdirSync(folder, { recursive: true });
  return await runPipeline(parts, {
    inputPath: path.join(sets, photo.set, 'im', photo.name),
    outputPath: path.join(folder, `${path.parse(photo.name).name}.png`),
    request: { format: 'png', output: 'mask', quality, minConfidence: 0, isWatermarked: false, maxPixels: 100_000_000 },
  });
}

const medianOf = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

async function main(): Promise<void> {
  if (given.sets === undefined) throw new Error('--sets DIR is missing');
  const sets = path.resolve(given.sets);
  const score = path.resolve(given.score ?? path.join(sets, '../score.mjs'));
  const qualities = QUALITIES.filter((quality) => given.quality.split(',').includes(quality));
  const photos = listPhotos(sets, given.only?.split(','));
  const model = await cachedModel();
  const threads = Number(given.threads);
  const session = await openOrtSession({ model, threads });
  const parts = { codec: createSharpCodec({ threads }), session, normalisation: model, packZip };
  const work = mkdtempSync(path.join(tmpdir(), 'remuvr-quality-'));
  try {
    linkHalves(sets, work, photos);
    for (const quality of qualities) {
      const target = path.join(work, quality);
      const reports = [];
      for (const photo of photos) reports.push((await predict(parts, sets, photo, quality, target)).timings);
      const [infer, refine] = [medianOf(reports.map((t) => t.infer)), medianOf(reports.map((t) => t.refine))];
      console.log(`\n${quality}: median of inference ${infer.toFixed(0)} ms, of refinement ${refine.toFixed(0)} ms`);
      for (const parity of ['odd', 'even'] as const) {
        if (!existsSync(path.join(work, parity))) continue;
        console.log(`\n${quality}, ${parity} photos`);
        const halves = ['--sets', path.join(work, parity), '--pred', target];
        const { status } = spawnSync(process.execPath, [score, ...halves], { stdio: 'inherit' });
        if (status !== 0) process.exitCode = 1;
      }
    }
  } finally {
    await session.close();
    rmSync(work, { recursive: true, force: true });
  }
}

await main();
