/** A model in ONNX Runtime, on the CPU. Its names and shapes come from the file itself, and are checked at loading. */
import { access, readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { InferenceSession as OrtSession, Tensor } from 'onnxruntime-node';
import { toInputTensor } from '../domain/matting/tensor.ts';
import type { ReadyModel } from '../domain/model.ts';
import type { InferenceSession, ModelInput } from '../ports/inference-session.ts';

type SessionModel = Pick<
  ReadyModel,
  'path' | 'inputSize' | 'mean' | 'std' | 'inputName' | 'outputName' | 'output' | 'wideConvs'
>;

export type OrtSessionOptions = { readonly model: SessionModel; readonly threads: number };

type TensorKind = { readonly name: string; readonly type: string; readonly shape: readonly (number | string)[] };

/** The tensor of that name, or the first. Networks with deep supervision have more outputs; their first is the final one. */
function findTensor(
  all: readonly OrtSession.ValueMetadata[],
  name: string | undefined,
  types: readonly string[],
  what: string,
): TensorKind {
  const found = name === undefined ? all[0] : all.find((metadata) => metadata.name === name);
  if (!found?.isTensor || !types.includes(found.type)) throw new Error(`${what}${name ? ` named ${name}` : ''}.`);
  return { name: found.name, type: found.type, shape: found.shape };
}

/** Of the tensor that is fed. A dimension without a fixed length is a name, and takes any. */
function findInputShape({ type, shape }: TensorKind, { path, inputSize }: SessionModel): readonly number[] {
  const wanted = type === 'uint8' ? [1, inputSize, inputSize, 3] : [1, 3, inputSize, inputSize];
  const isFitting =
    shape.length === 4 && wanted.every((n, axis) => typeof shape[axis] !== 'number' || shape[axis] === n);
  if (!isFitting) throw new Error(`The model ${path} takes [${shape.join(', ')}], not [${wanted.join(', ')}].`);
  return wanted;
}

/** Where nothing is to be changed, ONNX Runtime reads the file itself. */
async function readModel({ path, wideConvs }: SessionModel): Promise<string | Uint8Array> {
  if (wideConvs !== 'matrix') return path;
  const { encodeOnnx, multiplyWideConvs, parseOnnx } = await import('./onnx-file.ts');
  return Buffer.concat([...encodeOnnx(multiplyWideConvs(parseOnnx(await readFile(path))))]);
}

const sessionOptions = (threads: number): OrtSession.SessionOptions => ({
  executionProviders: ['cpu'],
  // 27 % faster than 'extended', which lacks the blocked layout of convolutions.
  graphOptimizationLevel: 'all',
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  // The pattern is one block as large as all tensors together: 0.83 GB in place of 0.51, for 2 % of the time.
  enableMemPattern: false,
  // Its threads else wait for more by turning in circles, beside the steps that follow: 2 % of a picture, 4 % of its processor time.
  extra: { session: { force_spinning_stop: '1' } },
  logSeverityLevel: 3,
});

/** Two calls, for there is no overload that takes either. */
async function createSession(model: SessionModel, options: OrtSession.SessionOptions): Promise<OrtSession> {
  const source = await readModel(model);
  return await (typeof source === 'string' ? OrtSession.create(source, options) : OrtSession.create(source, options));
}

/** In the next turn, when nothing of this one is held any more. Does nothing where the process was not started for it. */
async function collectGarbage(): Promise<void> {
  await setImmediate();
  globalThis.gc?.();
}

async function loadModel({ model, threads }: OrtSessionOptions): Promise<OrtSession> {
  const { path } = model;
  try {
    await access(path);
  } catch (cause) {
    throw new Error(`The model file ${path} cannot be read.`, { cause });
  }
  try {
    const session = await createSession(model, sessionOptions(threads));
    // Else three copies of the file stay until the next collection, which may be long in coming.
    if (model.wideConvs === 'matrix') await collectGarbage();
    return session;
  } catch (cause) {
    throw new Error(`The model file ${path} is damaged, or not a model that ONNX Runtime can run.`, { cause });
  }
}

function applySigmoid(logits: Float32Array): Float32Array {
  return logits.map((x) => 1 / (1 + Math.exp(-x)));
}

/** Throws an Error of one sentence where the file is missing, damaged or of another shape. */
export async function openOrtSession(options: OrtSessionOptions): Promise<InferenceSession> {
  const { path, inputSize, inputName, outputName, output: outputKind, mean, std } = options.model;
  const session = await loadModel(options);
  const inputTypes = ['float32', 'uint8'];
  const input = findTensor(
    session.inputMetadata,
    inputName,
    inputTypes,
    `The model ${path} has no float32 or uint8 input`,
  );
  const output = findTensor(session.outputMetadata, outputName, ['float32'], `The model ${path} has no float32 output`);
  const shape = findInputShape(input, options.model);
  const createTensor = (pixels: ModelInput): Tensor =>
    pixels instanceof Float32Array ? new Tensor('float32', pixels, shape) : new Tensor('uint8', pixels, shape);

  return {
    inputSize,
    prepare: (rgb) => (input.type === 'uint8' ? rgb : toInputTensor(rgb, { mean, std })),
    async run(pixels) {
      const feeds = { [input.name]: createTensor(pixels) };
      // Naming the output spares the copies of the others.
      const results = await session.run(feeds, [output.name]);
      const matte = results[output.name];
      if (!(matte?.data instanceof Float32Array) || matte.data.length !== inputSize * inputSize) {
        throw new Error(`The model ${path} answered with another shape than ${inputSize} × ${inputSize}.`);
      }
      return outputKind === 'logits' ? applySigmoid(matte.data) : matte.data;
    },
    close: () => session.release(),
  };
}
