/** Some pictures at once, until none is left; what fails does not stop the rest. */
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { SingleBar } from 'cli-progress';
import type { Task } from './plan-tasks.ts';
import type { Remover } from './remover.ts';

/** In the order of `tasks`. */
export async function runTasks(remover: Remover, tasks: readonly Task[], parallel: number): Promise<Task[]> {
  const bar = new SingleBar({
    format: '{bar} {value}/{total}  {eta_formatted} left  {name}',
    stream: process.stderr,
    hideCursor: true,
  });
  const hasBar = tasks.length > 1 && process.stderr.isTTY;
  if (hasBar) bar.start(tasks.length, 0, { name: '' });
  const results = [...tasks];
  const queue = tasks.entries();
  const work = async () => {
    for (const [i, task] of queue) {
      results[i] = await runTask(remover, task);
      if (hasBar) bar.increment({ name: path.basename(task.input) });
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(parallel, tasks.length) }, work));
  } finally {
    if (hasBar) bar.stop();
  }
  return results;
}

async function runTask(remover: Remover, task: Task): Promise<Task> {
  if (task.error !== undefined || task.isSkipped) return task;
  const refusal = await preparePlaces(task);
  if (refusal !== undefined) return { ...task, error: refusal };
  return { ...task, ...(await remover.remove(task.input, task.output)) };
}

/** Undefined where the input can be read and the folder of the output is there. */
export async function preparePlaces({ input, output }: Pick<Task, 'input' | 'output'>): Promise<string | undefined> {
  if (path.resolve(input) === path.resolve(output)) return 'Its result would take the place of the picture itself.';
  try {
    if (!(await stat(input)).isFile()) return 'It is not a file.';
    await mkdir(path.dirname(path.resolve(output)), { recursive: true });
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'There is no such file.' : `It cannot be used (${code ?? 'unknown reason'}).`;
  }
}
