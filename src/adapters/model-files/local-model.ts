/** A model file of the operator's own, used where it lies; `my.json` beside `my.onnx` may say how it is fed. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ChannelTriple, Model, ModelOutput, ReadyModel } from '../../domain/model.ts';
import { describeImageInterface, parseOnnx } from '../onnx-file.ts';
import { measureFile } from './durable-file.ts';
import { ModelFilesError } from './failure.ts';

type Sidecar = Partial<Pick<ReadyModel, 'inputSize' | 'mean' | 'std' | 'output' | 'inputName' | 'outputName'>>;

const isTriple = (value: unknown): value is ChannelTriple =>
  Array.isArray(value) && value.length === 3 && value.every((each) => Number.isFinite(each));

/** What each field must be, and how that is said. */
const SIDECAR_FIELDS: Readonly<Record<keyof Sidecar, { readonly describe: string; isValid(value: unknown): boolean }>> =
  {
    inputSize: {
      describe: 'a whole number from 16 to 8192',
      isValid: (value) => Number.isInteger(value) && Number(value) >= 16 && Number(value) <= 8192,
    },
    mean: { describe: 'three numbers', isValid: isTriple },
    std: {
      describe: 'three numbers above 0',
      isValid: (value) => isTriple(value) && value.every((each) => each > 0),
    },
    output: {
      describe: '"alpha" or "logits"',
      isValid: (value) => (['alpha', 'logits'] satisfies ModelOutput[] as unknown[]).includes(value),
    },
    inputName: { describe: 'a name', isValid: (value) => typeof value === 'string' && value !== '' },
    outputName: { describe: 'a name', isValid: (value) => typeof value === 'string' && value !== '' },
  };

function parseSidecar(text: string, sidecarPath: string): Sidecar {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    throw new ModelFilesError(`${sidecarPath} is not valid JSON.`);
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw new ModelFilesError(`${sidecarPath} must hold a JSON object.`);
  }
  for (const [name, value] of Object.entries(fields)) {
    const field = SIDECAR_FIELDS[name as keyof Sidecar] as (typeof SIDECAR_FIELDS)[keyof Sidecar] | undefined;
    const names = Object.keys(SIDECAR_FIELDS).join(', ');
    if (!field) throw new ModelFilesError(`${sidecarPath} has the field "${name}", but only ${names} are known.`);
    if (!field.isValid(value)) throw new ModelFilesError(`"${name}" in ${sidecarPath} must be ${field.describe}.`);
  }
  return fields as Sidecar;
}

async function readSidecar(modelPath: string): Promise<Sidecar> {
  const sidecarPath = modelPath.replace(/\.onnx$/i, '.json');
  if ((await measureFile(sidecarPath)) === undefined) return {};
  return parseSidecar(await readFile(sidecarPath, 'utf8'), sidecarPath);
}

async function readImageInterface(modelPath: string) {
  try {
    return describeImageInterface(parseOnnx(await readFile(modelPath)));
  } catch (error) {
    // Node reads at most 2 GiB at once; such a file needs to say its size beside it.
    if ((error as NodeJS.ErrnoException).code === 'ERR_FS_FILE_TOO_LARGE') return undefined;
    throw new ModelFilesError(`${modelPath} is not an ONNX model that can be read.`, { cause: error });
  }
}

/** Undefined where there is no such file. */
export async function describeLocalModel(model: Model, filePath: string): Promise<ReadyModel | undefined> {
  const modelPath = path.resolve(filePath);
  const bytes = await measureFile(modelPath);
  if (bytes === undefined) return undefined;
  const sidecar = await readSidecar(modelPath);
  const found = await readImageInterface(modelPath);
  const inputSize = sidecar.inputSize ?? found?.inputSize;
  if (inputSize === undefined) {
    throw new ModelFilesError(
      `${modelPath} does not state one fixed square input, float32 [1, 3, size, size] or uint8 [1, size, size, 3]; put {"inputSize": …} into the .json file beside it.`,
    );
  }
  return {
    name: model.name,
    path: modelPath,
    bytes,
    inputSize,
    mean: sidecar.mean ?? model.mean,
    std: sidecar.std ?? model.std,
    output: sidecar.output ?? model.output,
    inputName: sidecar.inputName ?? found?.inputName,
    outputName: sidecar.outputName ?? found?.outputName,
  };
}
