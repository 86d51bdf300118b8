/** One question to a process of its own: what would block the server, or leave its memory behind, runs there. */
import { fork } from 'node:child_process';

export type AskChildOptions = {
  readonly childModule: string;
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
};

/** The one message that the child sends; undefined where it ends without, or takes too long. */
export async function askChild({ childModule, execArgv, env, timeoutMs }: AskChildOptions): Promise<unknown> {
  const child = fork(childModule, [], {
    execArgv: [...execArgv],
    env: { ...env },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  try {
    return await new Promise((resolve) => {
      child.once('message', resolve);
      child.once('error', () => resolve(undefined));
      child.once('exit', () => resolve(undefined));
    });
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
  }
}
