/** The command line: every verb on one screen. Exit codes: 0 done, 1 failed, 2 used wrongly. */
import { Command, CommanderError } from 'commander';
import { addAccountsCommand } from './accounts.ts';
import { addBackupCommands } from './backup.ts';
import { addImportCommand } from './import-removebg.ts';
import { addKeysCommand } from './keys.ts';
import { addMaintenanceCommands } from './maintenance.ts';
import { addMcpCommand } from './mcp.ts';
import { addModelsCommand } from './models.ts';
import { addRemoveCommand } from './remove.ts';
import { addServeCommand } from './serve.ts';
import { failureSentence, UsageError } from './terminal.ts';
import { readVersion } from './version.ts';
import { addWorkerCommand } from './worker.ts';

function buildProgram(): Command {
  const program = new Command('remuvr')
    .description('The background-removal API that you run yourself.')
    .version(readVersion())
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'remuvr: ')) });
  addServeCommand(program);
  addWorkerCommand(program);
  addRemoveCommand(program);
  addImportCommand(program);
  addMcpCommand(program);
  addModelsCommand(program);
  addKeysCommand(program);
  addAccountsCommand(program);
  addMaintenanceCommands(program);
  addBackupCommands(program);
  return program;
}

try {
  const program = buildProgram();
  refuseUnknownVerb(program, process.argv[2]);
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode = reportFailure(error);
}

/** commander would take an unknown verb for an argument of the default one. */
function refuseUnknownVerb(program: Command, word: string | undefined): void {
  const verbs = [...program.commands.map((command) => command.name()), 'help'];
  if (word === undefined || word.startsWith('-') || verbs.includes(word)) return;
  throw new UsageError(`There is no verb "${word}"; there are ${verbs.join(', ')}.`);
}

/** commander has written its own sentence already. */
function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  process.stderr.write(`remuvr: ${failureSentence(error)}\n`);
  return error instanceof UsageError ? 2 : 1;
}
