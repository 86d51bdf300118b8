/** Looks for new pictures until it is stopped. */
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Task } from './plan-tasks.ts';

/** Looking again, for the notices of a file system tell neither when a file is whole, nor what happens on a network drive. */
const LOOK_MS = 1_000;

type Watch = {
  readonly plan: () => Promise<Task[]>;
  readonly run: (tasks: readonly Task[]) => Promise<readonly Task[]>;
  readonly signal: AbortSignal;
};

/** A picture is taken when it has not changed between two looks, and again only when it has changed since it was taken. */
export async function watchPictures({ plan, run, signal }: Watch): Promise<void> {
  const seen = new Map<string, string>();
  const taken = new Map<string, string>();
  while (!signal.aborted) {
    const open = (await plan()).filter((task) => !task.isSkipped);
    const ready: Task[] = [];
    for (const task of open) {
      const state = await stateOf(task.input);
      if (state !== undefined && seen.get(task.input) === state && taken.get(task.input) !== state) {
        ready.push(task);
        taken.set(task.input, state);
      }
      seen.set(task.input, state ?? '');
    }
    if (ready.length > 0) await run(ready);
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
  }
}

const stateOf = async (file: string): Promise<string | undefined> =>
  await stat(file).then(
    ({ size, mtimeMs }) => `${size} ${mtimeMs}`,
    () => undefined,
  );
