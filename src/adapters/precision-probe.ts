/** Runs both forms of a model on one made picture, and keeps what was found beside the int8 file. */
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import type { ReadyModel } from '../domain/model.ts';
import type { PrecisionMeasurement } from '../domain/precision.ts';
import { openOrtSession } from './ort-session.ts';

/** After one that warms up. The machine may be busy, so the median counts. */
const RUNS = 3;

/** A bright disc on a dark slope: a subject that every matting network finds. */
function makeProbePicture(size: number): Float32Array<ArrayBuffer> {
  const plane = Float32Array.from({ length: size * size }, (_, i) => {
    const [x, y] = [(i % size) / size - 0.5, Math.floor(i / size) / size - 0.5];
    return x * x + y * y < 0.08 ? 0.4 - x * 0.2 : -0.35 + y * 0.1;
  });
  const picture = new Float32Array(3 * plane.length);
  for (const channel of [0, 1, 2]) picture.set(plane, channel * plane.length);
  return picture;
}

type ProbeModel = Pick<ReadyModel, 'path' | 'inputSize' | 'inputName' | 'outputName' | 'output'>;

async function timeForm(model: ProbeModel, threads: number) {
  const session = await openOrtSession({ model, threads });
  const picture = makeProbePicture(model.inputSize);
  try {
    let matte = await session.run(picture);
    const timesMs: number[] = [];
    for (let i = 0; i < RUNS; i++) {
      const startedAt = performance.now();
      matte = await session.run(picture);
      timesMs.push(performance.now() - startedAt);
    }
    return { matte, ms: timesMs.sort((a, b) => a - b)[RUNS >> 1] ?? 0 };
  } finally {
    await session.close();
  }
}

/** Blocks its process for seconds. One form after the other, so that a small machine never holds two. */
export async function measureForms(
  model: ProbeModel & { readonly int8Path: string },
  threads: number,
): Promise<Pick<PrecisionMeasurement, 'fp32Ms' | 'int8Ms' | 'difference'>> {
  const fp32 = await timeForm(model, threads);
  const int8 = await timeForm({ ...model, path: model.int8Path }, threads);
  const sum = fp32.matte.reduce((total, alpha, i) => total + Math.abs(alpha - (int8.matte[i] ?? 0)), 0);
  return { fp32Ms: fp32.ms, int8Ms: int8.ms, difference: sum / fp32.matte.length };
}

export const describeProcessor = (): string => `${cpus()[0]?.model.trim() || 'unknown'} (${process.arch})`;

const notePathOf = (int8Path: string): string => int8Path.replace(/\.onnx$/, '.precision.json');

/** Undefined where there is none that can be read. */
export async function readPrecisionNote(int8Path: string): Promise<PrecisionMeasurement | undefined> {
  try {
    const note = JSON.parse(await readFile(notePathOf(int8Path), 'utf8')) as Partial<PrecisionMeasurement> | null;
    const isWhole = [note?.fp32Ms, note?.int8Ms, note?.difference].every((each) => typeof each === 'number');
    return isWhole ? (note as PrecisionMeasurement) : undefined;
  } catch {
    return undefined;
  }
}

/** In a folder that is read-only there is none, and each start measures. */
export async function writePrecisionNote(int8Path: string, measurement: PrecisionMeasurement): Promise<void> {
  await writeFile(notePathOf(int8Path), `${JSON.stringify(measurement)}\n`).catch(() => undefined);
}
