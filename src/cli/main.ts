/** The command line: every verb on one screen. Exit codes: 0 done, 1 failed, 2 used wrongly. */
import { Command, CommanderError } from 'commander';
import { failureSentence, UsageError } from './terminal.ts';
import { readVersion } from './version.ts';

type AddVerbs = (program: Command) => void;

/** In the order of the help. Each is loaded where it is asked for: all of them together take half a second. */
const VERBS: readonly { readonly names: readonly string[]; readonly load: () => Promise<AddVerbs> }[] = [
  { names: ['serve'], load: async () => (await import('./serve.ts')).addServeCommand },
  { names: ['worker'], load: async () => (await import('./worker.ts')).addWorkerCommand },
  { names: ['workers'], load: async () => (await import('./workers.ts')).addWorkersCommand },
  { names: ['remove'], load: async () => (await import('./remove.ts')).addRemoveCommand },
  { names: ['import-removebg'], load: async () => (await import('./import-removebg.ts')).addImportCommand },
  { names: ['mcp'], load: async () => (await import('./mcp.ts')).addMcpCommand },
  { names: ['models'], load: async () => (await import('./models.ts')).addModelsCommand },
  { names: ['keys'], load: async () => (await import('./keys.ts')).addKeysCommand },
  { names: ['accounts'], load: async () => (await import('./accounts.ts')).addAccountsCommand },
  {
    names: ['migrate', 'doctor', 'audit', 'mark-storage'],
    load: async () => (await import('./maintenance.ts')).addMaintenanceCommands,
  },
  { names: ['backup', 'restore'], load: async () => (await import('./backup.ts')).addBackupCommands },
];
const DEFAULT_VERB = 'serve';

/** With the verb that `word` names; with all of them where it names none, but asks for help, or has an option first. */
async function buildProgram(word = DEFAULT_VERB): Promise<Command> {
  const program = new Command('remuvr')
    .description('The background-removal API that you run yourself.')
    .version(readVersion())
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'remuvr: ')) });
  const named = VERBS.filter(({ names }) => names.includes(word));
  for (const { load } of named.length > 0 ? named : VERBS) (await load())(program);
  return program;
}

try {
  const [, , word] = process.argv;
  refuseUnknownVerb(word);
  const program = await buildProgram(word);
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode = reportFailure(error);
}

/** commander would take an unknown verb for an argument of the default one. */
function refuseUnknownVerb(word: string | undefined): void {
  const verbs = [...VERBS.flatMap(({ names }) => names), 'help'];
  if (word === undefined || word.startsWith('-') || verbs.includes(word)) return;
  throw new UsageError(`There is no verb "${word}"; there are ${verbs.join(', ')}.`);
}

/** commander has written its own sentence already. */
function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  process.stderr.write(`remuvr: ${failureSentence(error)}\n`);
  return error instanceof UsageError ? 2 : 1;
}
