/** Runs the forms of a model on one made picture, and keeps what was found beside the int8 file. */
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { inPrecision, type ReadyModel } from '../domain/model.ts';
import { findByteInstructions, type PrecisionMeasurement } from '../domain/precision.ts';
import { openOrtSession } from './ort-session.ts';

/** After one that warms up. The machine may be busy, so the shortest counts. */
const RUNS = 4;

/** A bright disc on a dark slope: a subject that every matting network finds. */
function makeProbePicture(size: number): Uint8Array {
  return Uint8Array.from({ length: size * size * 3 }, (_, i) => {
    const [x, y] = [(Math.floor(i / 3) % size) / size - 0.5, Math.floor(i / 3 / size) / size - 0.5];
    return x * x + y * y < 0.08 ? 230 - x * 51 : 38 + y * 26;
  });
}

async function timeForm(model: ReadyModel, threads: number) {
  const session = await openOrtSession({ model, threads });
  const picture = session.prepare(makeProbePicture(model.inputSize));
  try {
    let matte = await session.run(picture);
    const timesMs: number[] = [];
    for (let i = 0; i < RUNS; i++) {
      const startedAt = performance.now();
      matte = await session.run(picture);
      timesMs.push(performance.now() - startedAt);
    }
    return { matte, ms: Math.min(...timesMs) };
  } finally {
    await session.close();
  }
}

/** Blocks its process for seconds. One form after the other, so that a small machine never holds two. */
export async function measureForms(
  model: ReadyModel,
  threads: number,
): Promise<Omit<PrecisionMeasurement, 'processor' | 'digest'>> {
  const fp32 = await timeForm(inPrecision(model, 'fp32'), threads);
  const int8 = await timeForm(inPrecision({ ...model, wideConvs: 'direct' }, 'int8'), threads);
  // It takes more memory: where that fails it does not pay, and the rest holds.
  const matrix = await timeForm(inPrecision({ ...model, wideConvs: 'matrix' }, 'int8'), threads).catch(() => int8);
  const differenceOf = ({ matte }: typeof int8): number =>
    matte.reduce((total, alpha, i) => total + Math.abs(alpha - (fp32.matte[i] ?? 0)), 0) / matte.length;
  return {
    fp32Ms: fp32.ms,
    int8Ms: int8.ms,
    int8MatrixMs: matrix.ms,
    difference: Math.max(differenceOf(int8), differenceOf(matrix)),
  };
}

/** Other systems than Linux tell no instructions; there the name is that of one processor. */
export async function describeProcessor(): Promise<string> {
  const instructions = findByteInstructions(await readFile('/proc/cpuinfo', 'utf8').catch(() => ''));
  const name = cpus()[0]?.model.trim() || 'unknown';
  return `${name} (${[process.arch, ...instructions].join(', ')})`;
}

const notePathOf = (int8Path: string): string => int8Path.replace(/\.onnx$/, '.precision.json');

/** Undefined where there is none that can be read. */
export async function readPrecisionNote(int8Path: string): Promise<PrecisionMeasurement | undefined> {
  try {
    const note = JSON.parse(await readFile(notePathOf(int8Path), 'utf8')) as Partial<PrecisionMeasurement> | null;
    const isWhole = [note?.fp32Ms, note?.int8Ms, note?.int8MatrixMs, note?.difference].every(
      (each) => typeof each === 'number',
    );
    return isWhole ? (note as PrecisionMeasurement) : undefined;
  } catch {
    return undefined;
  }
}

/** In a folder that is read-only there is none, and each start measures. */
export async function writePrecisionNote(int8Path: string, measurement: PrecisionMeasurement): Promise<void> {
  await writeFile(notePathOf(int8Path), `${JSON.stringify(measurement)}\n`).catch(() => undefined);
}
