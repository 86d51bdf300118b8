/** remuvr models: list, pull, verify. */
import type { Command } from 'commander';
import { choosePrecision, openModelFiles } from '../platform/engine.ts';
import { chooseModel, pullModel } from './load-model.ts';
import { CommandError, loadCommand, printJson, printTable } from './terminal.ts';

async function list(options: { json?: boolean }): Promise<void> {
  const { config } = loadCommand();
  const rows = (await (await openModelFiles(config)).list()).map(({ model, isPulled, bytes, int8Bytes, path }) => ({
    name: model.name,
    title: model.title,
    licence: model.license.name,
    commercial: model.license.isCommercialUseAllowed ? 'yes' : 'no',
    pulled: isPulled ? 'yes' : 'no',
    MB: isPulled ? Math.round((bytes + int8Bytes) / 1e6) : '',
    int8: !model.int8 ? '' : int8Bytes > 0 ? 'yes' : 'no',
    path,
  }));
  if (options.json)
    printJson(rows.map((row) => ({ ...row, commercial: row.commercial === 'yes', pulled: row.pulled === 'yes' })));
  else
    printTable(
      rows.map(({ path: _, ...row }) => row),
      'There are no models.',
    );
}

async function pull(name: string | undefined): Promise<void> {
  const { config } = loadCommand();
  const model = chooseModel(config, name ?? config.MODEL);
  const ready = (await (await openModelFiles(config)).find(model)) ?? (await pullModel(config, model));
  // Now, so that the first start does not wait for it.
  await choosePrecision(config, ready);
  process.stdout.write(`${ready.path}\n`);
}

async function verify(name: string | undefined, options: { json?: boolean }): Promise<void> {
  const { config } = loadCommand();
  const model = chooseModel(config, name ?? config.MODEL);
  const result = await (await openModelFiles(config)).verify(model);
  if (options.json) printJson({ name: model.name, ...result });
  if (result.kind === 'ok' && !options.json) process.stdout.write(`${model.name} is whole: ${result.path}\n`);
  if (result.kind === 'damaged') throw new CommandError(result.sentence);
  if (result.kind === 'absent')
    throw new CommandError(`${model.name} is not here yet; fetch it by: remuvr models pull ${model.name}`);
}

export function addModelsCommand(program: Command): void {
  const models = program.command('models').description('list, fetch and check the model files');
  models.command('list').description('list the models that MODEL may name').option('--json', 'as JSON').action(list);
  models
    .command('pull')
    .description('fetch a model, verify it, and print its path')
    .argument('[name]', 'without it, the model of MODEL')
    .action(pull);
  models
    .command('verify')
    .description('read a model file again and hold it against its checksum')
    .argument('[name]', 'without it, the model of MODEL')
    .option('--json', 'as JSON')
    .action(verify);
}
