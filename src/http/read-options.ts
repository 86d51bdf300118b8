/** What a request asks of its removals, with the account's own preset under what it says itself. */
import type { z } from 'zod';
import { toEditOptions } from '../contract/edit-parameters.ts';
import { removalParameters } from '../contract/schemas.ts';
import { RemuvrError } from '../domain/errors.ts';
import { isBuiltInPreset, isPresetName } from '../domain/presets.ts';
import { type Quality, type RemovalOptions, refuseOptions } from '../domain/removal-options.ts';
import type { Caller } from '../services/authenticate-caller.ts';
import type { ServiceContext } from '../services/context.ts';
import { findOwnPreset } from '../services/own-presets.ts';
import { parseParameters } from './parse-parameters.ts';

type Asking = {
  readonly ctx: ServiceContext;
  readonly caller: Caller;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Whether the form has a picture for the background. */
  readonly hasBackgroundFile: boolean;
  /** Of a request that names none, by a key that has none. */
  readonly quality: Quality;
};

export type AskedRemoval = {
  readonly options: RemovalOptions;
  readonly asked: z.infer<typeof removalParameters>;
};

/** Throws `invalid_parameter`. */
export async function readOptions(asking: Asking): Promise<AskedRemoval> {
  const { hasBackgroundFile, caller, quality } = asking;
  return parseRemoval(await withOwnPreset(asking), { hasBackgroundFile, quality: caller.quality ?? quality });
}

/** Of somebody who has no presets of his own. Throws `invalid_parameter`. */
export function parseRemoval(
  parameters: object,
  { hasBackgroundFile, quality }: Pick<Asking, 'hasBackgroundFile' | 'quality'>,
): AskedRemoval {
  const asked = parseParameters(removalParameters, parameters);
  if (asked.preset !== undefined && !isBuiltInPreset(asked.preset)) throw unknownPreset();
  const backgrounds = [asked.background, asked.background_url, hasBackgroundFile || undefined];
  if (backgrounds.filter((given) => given !== undefined).length > 1) {
    throw new RemuvrError('invalid_parameter', SEVERAL_BACKGROUNDS);
  }
  const isBackedByPicture = hasBackgroundFile || asked.background_url !== undefined;
  const options: RemovalOptions = {
    format: asked.format,
    output: asked.output,
    quality: asked.quality ?? quality,
    minConfidence: asked.min_confidence,
    isHard: false,
    edit: { ...toEditOptions(asked), ...(isBackedByPicture && { background: { kind: 'picture' } as const }) },
  };
  const refusal = refuseOptions(options);
  if (refusal) throw new RemuvrError('invalid_parameter', refusal);
  return { options, asked };
}

const unknownPreset = (): RemuvrError =>
  new RemuvrError('invalid_parameter', 'The parameter "preset" names no preset that there is.');
const SEVERAL_BACKGROUNDS = 'Give one of "background", "background_file" and "background_url", not several.';
const BACKGROUNDS = ['background', 'background_url'];

async function withOwnPreset({ ctx, caller, parameters, hasBackgroundFile }: Asking): Promise<object> {
  const { preset } = parameters;
  if (typeof preset !== 'string' || isBuiltInPreset(preset) || !isPresetName(preset)) return parameters;
  const own = await findOwnPreset({ ctx, accountId: caller.accountId, name: preset });
  if (!own) throw unknownPreset();
  const { preset: _, ...given } = parameters;
  // Whatever background is given, it is in place of the preset's.
  const isBacked = hasBackgroundFile || BACKGROUNDS.some((name) => given[name] !== undefined);
  return {
    ...(isBacked ? Object.fromEntries(Object.entries(own).filter(([name]) => name !== 'background')) : own),
    ...given,
  };
}
