/** /api/presets: the presets that whoever is signed in keeps for the account. */
import { presetBody, presetParameters } from '../../contract/dashboard.ts';
import { RemuvrError } from '../../domain/errors.ts';
import type { OwnPreset, PresetParameters } from '../../domain/presets.ts';
import { isBuiltInPreset } from '../../domain/presets.ts';
import type { ServiceContext } from '../../services/context.ts';
import { deleteOwnPreset, listOwnPresets, saveOwnPreset } from '../../services/own-presets.ts';
import { parseParameters } from '../parse-parameters.ts';
import type { Handler } from '../routes.ts';
import { memberOf } from './guards.ts';
import { parseBody, readBody } from './read-body.ts';

const viewPreset = ({ name, parameters, updatedAt }: OwnPreset) => ({
  name,
  parameters,
  updatedAt: updatedAt.toISOString(),
});

export function createPresetHandlers(ctx: ServiceContext) {
  const list: Handler = async (request, reply) => {
    const presets = await listOwnPresets({ ctx, accountId: memberOf(request).account.id });
    return reply.send({ presets: presets.map(viewPreset) });
  };
  const save: Handler = async (request, reply) => {
    const { name, parameters } = parseParameters(presetBody, parseBody(await readBody(request)));
    refuseParameters(parameters);
    await saveOwnPreset({ ctx, accountId: memberOf(request).account.id, name, parameters });
    return reply.code(204).send();
  };
  const remove: Handler = async (request, reply) => {
    const { name } = request.params as { name: string };
    await deleteOwnPreset({ ctx, accountId: memberOf(request).account.id, name });
    return reply.code(204).send();
  };
  return { list, save, remove };
}

/** By what would read them in a removal; a name that is unknown there would do nothing, and is refused. */
function refuseParameters(parameters: PresetParameters): void {
  const names = Object.keys(parameters);
  const unknown = names.find((name) => !Object.hasOwn(presetParameters.shape, name));
  if (unknown !== undefined || names.length === 0) {
    const known = Object.keys(presetParameters.shape).join(', ');
    throw new RemuvrError('invalid_parameter', `A preset holds one or more of these parameters: ${known}.`);
  }
  const { preset } = parseParameters(presetParameters, parameters);
  if (preset === undefined || isBuiltInPreset(preset)) return;
  throw new RemuvrError('invalid_parameter', 'A preset may build on one that is built in, not on another.');
}
