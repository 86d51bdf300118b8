/** Whether the local disks have room for what is written to them. */
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../../config.ts';
import type { PlanTable } from '../../domain/plan.ts';
import { openModelFiles } from '../../platform/engine.ts';
import { hasOwnDatabase } from '../../platform.ts';
import { readFreeBytes } from '../../services/measure-disk.ts';

/** Below it a first start cannot hold the model, its download and a database; once they are there, they ask for no more. */
export const OF_A_START = 1_000_000_000;
/** The result that compresses worst. */
const BYTES_PER_PIXEL = 4;

/** The largest upload that a plan takes, with the largest result that can come of it. */
export function bytesOfJob({ MAX_PIXELS }: Pick<Config, 'MAX_PIXELS'>, plans: PlanTable): number {
  return Math.max(...[...plans.values()].map(({ maxFileSize }) => maxFileSize)) + MAX_PIXELS * BYTES_PER_PIXEL;
}

/** DATA_DIR, and the folder of the objects where it lies on another disk; with a bucket, what is under way to it lies in DATA_DIR. */
export async function examineDisk(config: Config, plans: PlanTable): Promise<string> {
  await mkdir(config.objectsDir, { recursive: true });
  const isApart = (await stat(config.DATA_DIR)).dev !== (await stat(config.objectsDir)).dev;
  const ofJob = bytesOfJob(config, plans);
  const ofStart = (await isStartToCome(config)) ? OF_A_START : 0;
  const disks = isApart
    ? [
        await demandRoom('DATA_DIR', config.DATA_DIR, ofStart || ofJob),
        await demandRoom('STORAGE_URL', config.objectsDir, ofJob),
      ]
    : [await demandRoom('DATA_DIR', config.DATA_DIR, Math.max(ofStart, ofJob))];
  return `${disks.join(', ')}; one job may need ${Math.ceil(ofJob / 1e6)} MB`;
}

/** Whether the model or the own database has still to be put under DATA_DIR. */
async function isStartToCome(config: Config): Promise<boolean> {
  if (config.DATABASE_URL === undefined && !(await hasOwnDatabase(config))) return true;
  const isElsewhere = path.relative(config.DATA_DIR, config.modelsDir).split(path.sep)[0] === '..';
  if (isElsewhere) return false;
  const models = await (await openModelFiles(config)).list();
  return models.some(({ model, isPulled }) => model.name === config.MODEL && !isPulled);
}

async function demandRoom(setting: string, folder: string, needed: number): Promise<string> {
  const free = await readFreeBytes(folder);
  if (free >= needed) return `${(free / 1e9).toFixed(1)} GB free in ${folder}`;
  throw new Error(
    `Only ${Math.floor(free / 1e6)} MB are free in ${folder}, and ${Math.ceil(needed / 1e6)} MB may be needed: make room, set ${setting} to a folder of another disk, or shorten RESULT_TTL.`,
  );
}
