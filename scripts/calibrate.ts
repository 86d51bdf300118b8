/**
 * Writes the scale table of a model from photos: `npm run calibrate -- DIR [DIR …] [--every N] [--out FILE]`. Every photo
 * below the folders counts, or of those of one folder each N-th. The model is `isnet`, pulled where it is not there.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { createModelFiles } from '../src/adapters/model-files.ts';
import {
  computeSteps,
  encodeOnnx,
  exposeTensors,
  formatScaleTable,
  Histogram,
  listObserved,
  type Observed,
  parseOnnx,
} from '../src/adapters/onnx-file.ts';
import { createSharpCodec } from '../src/adapters/sharp-codec.ts';
import { loadConfig } from '../src/config.ts';
import { toInputTensor } from '../src/domain/matting/tensor.ts';
import { MODELS, type ReadyModel } from '../src/domain/model.ts';

const TABLE = fileURLToPath(new URL('../src/adapters/onnx-file/isnet-scales.json', import.meta.url));
const MOST_PIXELS = 100_000_000;

/** `every` 2 takes the first, third, …; `offset` 1 the second, fourth, … of each folder, by name. */
async function listPhotos(folders: readonly string[], every: number, offset: number): Promise<string[]> {
  const lists = folders.map(async (folder) => {
    const names = (await readdir(folder)).filter((name) => /\.(jpe?g|png|webp|avif|tiff?)$/i.test(name)).sort();
    return names.filter((_, i) => i % every === offset).map((name) => path.join(folder, name));
  });
  return (await Promise.all(lists)).flat();
}

async function openObserved(model: ReadyModel, observed: readonly Observed[]): Promise<InferenceSession> {
  const folder = await mkdtemp(path.join(tmpdir(), 'remuvr-calibrate-'));
  try {
    const exposed = exposeTensors(parseOnnx(await readFile(model.path)), observed);
    const file = path.join(folder, 'observed.onnx');
    await writeFile(file, Buffer.concat([...encodeOnnx(exposed)]));
    return await InferenceSession.create(file, {
      graphOptimizationLevel: 'all',
      intraOpNumThreads: availableParallelism(),
      // About a gigabyte of outputs a photo would stay in the arena.
      enableCpuMemArena: false,
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    every: { type: 'string', default: '1' },
    offset: { type: 'string', default: '0' },
    out: { type: 'string', default: TABLE },
  },
});
const photos = await listPhotos(positionals, Number(values.every), Number(values.offset));
if (photos.length === 0) throw new Error('Name folders with photos: npm run calibrate -- DIR [DIR …] [--every N].');
const files = createModelFiles({ modelsDir: loadConfig().modelsDir, env: process.env });
// The int8 form cannot be asked for: the table that it is made of is what this writes.
const fp32 = { ...MODELS.isnet, int8: undefined };
const model = (await files.find(fp32)) ?? (await files.pull(fp32));
const observed = listObserved(parseOnnx(await readFile(model.path)).graph);
const session = await openObserved(model, observed);
const codec = createSharpCodec({ threads: availableParallelism() });
const histograms = new Map<string, Histogram>();
const names = observed.map(({ name }) => name);
for (const [i, photo] of photos.entries()) {
  const image = await codec.decode(photo, { maxPixels: MOST_PIXELS });
  const pixels = toInputTensor(await codec.resizeToSquare(image, model.inputSize), model);
  const [input = 'input'] = session.inputNames;
  const results = await session.run(
    { [input]: new Tensor('float32', pixels, [1, 3, model.inputSize, model.inputSize]) },
    names,
  );
  for (const name of names) {
    const tensor = results[name];
    if (!(tensor?.data instanceof Float32Array)) throw new Error(`The model does not give ${name}.`);
    const histogram = histograms.get(name) ?? new Histogram(tensor.dims[1] ?? 0);
    histogram.add(tensor.data);
    histograms.set(name, histogram);
  }
  process.stderr.write(`${i + 1} of ${photos.length}\n`);
}
await session.release();
const about = { model: model.name, photos: photos.length, made: 'npm run calibrate' };
await writeFile(values.out, formatScaleTable(about, computeSteps(observed, histograms)));
