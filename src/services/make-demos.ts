/** The cut-outs of the landing page, made by this server: no account, no job and no charge belongs to them. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import {
  chooseNextDemo,
  DEMO_PREFIX,
  type Demo,
  type DemoPhoto,
  demoKey,
  type NextDemo,
  photoName,
  sortDemos,
} from '../domain/demo.ts';
import { precisionOfQuality, type ReadyModel } from '../domain/ready-model.ts';
import { DEFAULT_REMOVAL_OPTIONS } from '../domain/removal-options.ts';
import type { PipelineRunner } from '../ports/pipeline-runner.ts';
import { countQueueByPlan } from '../store/admin.ts';
import type { ServiceContext } from './context.ts';

/** `photosDir`: of the dashboard's build, as NAME.jpg. `version`: of this program. */
export type DemoSource = { readonly photosDir: string; readonly model: ReadyModel; readonly version: string };

type StorageContext = Pick<ServiceContext, 'storage'>;

/** None where there is no build, and so no landing page. */
export async function listDemoPhotos({ photosDir, model, version }: DemoSource): Promise<DemoPhoto[]> {
  const files = await readdir(photosDir).catch(() => []);
  const maker = await describeMaker(model, version);
  const photos = files.sort().map(async (file): Promise<DemoPhoto[]> => {
    const name = photoName(file);
    if (name === undefined) return [];
    const bytes = await readFile(path.join(photosDir, file));
    return [{ name, digest: createHash('sha256').update(maker).update(bytes).digest('hex') }];
  });
  return (await Promise.all(photos)).flat();
}

async function describeMaker(model: ReadyModel, version: string): Promise<string> {
  const { path: file, int8Path: _, ...facts } = model;
  const precision = precisionOfQuality(model, DEFAULT_REMOVAL_OPTIONS.quality);
  // Another training of an operator's own model has as many bytes.
  const changedAt = model.int8Digest === undefined ? (await stat(file)).mtimeMs : 0;
  return `${JSON.stringify([version, facts, precision, changedAt])}\n`;
}

async function findDemos({ storage }: StorageContext): Promise<ReturnType<typeof sortDemos>> {
  const objects: { key: string; modifiedAt: Date }[] = [];
  for await (const object of storage.list(DEMO_PREFIX)) objects.push(object);
  return sortDemos(objects);
}

/** Those that the page shows. */
export async function listDemos({ ctx }: { ctx: StorageContext }): Promise<readonly Demo[]> {
  return (await findDemos(ctx)).shown;
}

/** Undefined where none has been made of that photo. */
export async function readDemo(input: {
  ctx: StorageContext;
  name: string;
}): Promise<{ demo: Demo; bytes: Readable } | undefined> {
  const { ctx, name } = input;
  const demo = (await findDemos(ctx)).shown.find((each) => each.name === name);
  const bytes = demo && (await ctx.storage.read(demo.key));
  return bytes && { demo, bytes };
}

export async function findNextDemo(input: { ctx: ServiceContext; photos: readonly DemoPhoto[] }): Promise<NextDemo> {
  const { ctx, photos } = input;
  const { shown } = await findDemos(ctx);
  const lengths = await countQueueByPlan(ctx.database);
  return chooseNextDemo(
    photos,
    shown,
    lengths.reduce((sum, { queued, running }) => sum + queued + running, 0),
  );
}

/** False where the pipeline made none. */
export async function makeDemo(input: {
  ctx: ServiceContext;
  runner: PipelineRunner;
  source: DemoSource;
  photo: DemoPhoto;
}): Promise<boolean> {
  const { ctx, runner, source, photo } = input;
  const outputPath = await ctx.storage.temporaryPath();
  const { maxPixels } = ctx.settings;
  const outcome = await runner.run({
    inputPath: path.join(source.photosDir, `${photo.name}.jpg`),
    outputPath,
    request: { ...DEFAULT_REMOVAL_OPTIONS, format: 'webp', isWatermarked: false, maxPixels },
  });
  if (outcome.kind !== 'done') return false;
  const ms = Object.values(outcome.report.timings).reduce((sum, each) => sum + each, 0);
  await ctx.storage.put(demoKey({ ...photo, ms, model: source.model.name }), outputPath);
  for (const { key } of (await findDemos(ctx)).old) await ctx.storage.delete(key);
  ctx.log.info({ photo: photo.name, ms: Math.round(ms) }, 'a cut-out for the landing page is made');
  return true;
}
