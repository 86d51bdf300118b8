/** remuvr workers: those that live, wherever they are. */
import type { Command } from 'commander';
import type { LiveWorker } from '../domain/worker.ts';
import { listWorkers } from '../services/worker-roster.ts';
import { printJson, printTable, withDatabase } from './terminal.ts';

async function list(options: { json?: boolean }): Promise<void> {
  const workers = await withDatabase((ctx) => listWorkers({ ctx }));
  if (options.json) printJson(workers);
  else printTable(workers.map(toRow), 'No worker lives: nothing is processed.');
}

const toRow = ({ host, pid, state, model, precision, startedAt, jobMs, ...worker }: LiveWorker) => ({
  worker: `${host}:${pid}`,
  state,
  version: worker.version,
  model: `${model} ${precision}`,
  threads: worker.threads,
  running: `${worker.running} of ${worker.capacity}`,
  'jobs done': worker.jobsDone,
  'ms/job': jobMs === undefined ? null : Math.round(jobMs),
  MiB: worker.memoryMib,
  since: startedAt.toISOString().replace(/\.\d+Z$/, 'Z'),
});

export function addWorkersCommand(program: Command): void {
  program.command('workers').description('list the workers that live').option('--json', 'as JSON').action(list);
}
