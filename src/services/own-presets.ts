/** The presets that an account keeps for itself. */
import { RemuvrError } from '../domain/errors.ts';
import {
  isBuiltInPreset,
  isPresetName,
  MAX_OWN_PRESETS,
  type OwnPreset,
  type PresetParameters,
} from '../domain/presets.ts';
import { deletePreset, findPreset, listPresets, savePreset } from '../store/presets.ts';
import type { DatabaseContext } from './context.ts';

type Question = { readonly ctx: DatabaseContext; readonly accountId: string };
type Named = Question & { readonly name: string };

export const listOwnPresets = ({ ctx, accountId }: Question): Promise<OwnPreset[]> =>
  listPresets(ctx.database, accountId);

export const findOwnPreset = ({ ctx, accountId, name }: Named): Promise<PresetParameters | undefined> =>
  findPreset(ctx.database, accountId, name);

/** `parameters` have been validated. Throws `invalid_parameter` for a name that cannot be. */
export async function saveOwnPreset(order: Named & { readonly parameters: PresetParameters }): Promise<void> {
  const { ctx, accountId, name, parameters } = order;
  if (!isPresetName(name)) {
    throw new RemuvrError(
      'invalid_parameter',
      'The name of a preset is 1 to 40 small letters, digits, hyphens and underscores.',
    );
  }
  if (isBuiltInPreset(name)) throw new RemuvrError('invalid_parameter', 'A preset of this name is built in.');
  if (!(await savePreset(ctx.database, accountId, { name, parameters }, MAX_OWN_PRESETS))) {
    throw new RemuvrError(
      'invalid_parameter',
      `An account keeps at most ${MAX_OWN_PRESETS} presets; delete one first.`,
    );
  }
}

export async function deleteOwnPreset({ ctx, accountId, name }: Named): Promise<void> {
  if (await deletePreset(ctx.database, accountId, name)) return;
  throw new RemuvrError('not_found', 'There is no such preset.');
}
