/** remuvr backup and restore: of the own PostgreSQL, while it runs. */
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { backUpDatabase, openDataDirLock, restoreDatabase } from '../platform.ts';
import { auditLedger, countFindings } from '../services/audit-ledger.ts';
import { forgetStorageMark } from '../services/storage-mark.ts';
import { CommandError, loadCommand, withDatabase } from './terminal.ts';

const WITHOUT_OBJECTS =
  'Pictures and results are not in it: copy the objects after it, or do without. Models are fetched again.';

async function backup(folder: string): Promise<void> {
  const { config, log } = loadCommand();
  refuseElsewhere(config);
  await backUpDatabase(config, folder, log);
  process.stdout.write(`The database is backed up in ${folder}. ${WITHOUT_OBJECTS}\n`);
}

async function restore(folder: string): Promise<void> {
  const { config } = loadCommand();
  refuseElsewhere(config);
  const lock = await openDataDirLock(config);
  if (lock.kind === 'held') throw new CommandError(`A server uses the data folder ${config.DATA_DIR}; stop it first.`);
  let takenAt: string;
  try {
    takenAt = await restoreDatabase(config, folder);
  } finally {
    await lock.release();
  }
  const report = await withDatabase(async (ctx) => {
    await forgetStorageMark(ctx);
    return await auditLedger({ ctx });
  });
  if (countFindings(report) > 0) throw new CommandError('The database is restored, but see: remuvr audit');
  process.stdout.write(`The database of ${takenAt} is restored; ${report.entries} ledger entries agree.\n`);
}

function refuseElsewhere({ DATABASE_URL }: Config): void {
  if (DATABASE_URL === undefined) return;
  throw new CommandError('The database is that of DATABASE_URL: use the tools of its PostgreSQL, such as pg_dump.');
}

export function addBackupCommands(program: Command): void {
  program
    .command('backup')
    .description('copy the own database into a new folder, also while the server runs')
    .argument('<folder>', 'where the backup is made')
    .action(backup);
  program
    .command('restore')
    .description('make the own database from a backup; refuses where there is one')
    .argument('<folder>', 'where the backup lies')
    .action(restore);
}
