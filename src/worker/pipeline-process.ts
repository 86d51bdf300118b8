/** One child process of the pool: forked, given one order at a time, and killed when it hangs or grows too large. */
import { type ChildProcess, fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import type { OnStep, PipelineOrder, PipelineOutcome } from '../ports/pipeline-runner.ts';
import { partialPathOf } from './pipeline.ts';
import type { ChildLogEntry, ChildMessage, OrderMessage } from './pipeline-protocol.ts';
import { readResidentMib } from './process-memory.ts';

export type PipelineProcessOptions = {
  /** Path of the script to fork; it calls `servePipelineChild`. */
  readonly childModule: string;
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the orders that it is likely to get first. */
  readonly firstThreads: number;
  readonly startTimeoutMs: number;
  readonly jobTimeoutMs: number;
  /** Above it the process is ended in the middle of its order. */
  readonly memoryLimitMiB: number;
  /** Above it the process is ended after its order. */
  readonly idleMemoryLimitMiB: number;
  readonly log: (entry: ChildLogEntry) => void;
};

/** `unable`: the child said why. `died`: it ended, or was killed, before it could say anything. */
export type StartOutcome = { readonly kind: 'ready' } | { readonly kind: 'unable' | 'died'; readonly sentence: string };

/** Inference of a large picture allocates for hundreds of milliseconds, so four looks a second see it in time. */
const MEMORY_CHECK_INTERVAL_MS = 250;

/**
 * Below the server and PostgreSQL, which need little, and soon: with children of the same priority on every core, one
 * in a hundred answers of /v1/auth took 90 to 120 ms in place of 20.
 */
const PRIORITY = constants.priority.PRIORITY_BELOW_NORMAL;

/** Native libraries may write pages of warnings about one picture. */
const LONGEST_LOGGED_LINE = 500;

function describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
  return signal ? `It was ended by ${signal}.` : `It ended by itself with exit code ${code}.`;
}

export class PipelineProcess {
  readonly pid: number;
  /** Settles once: the model is loaded, or why not. */
  readonly started: Promise<StartOutcome>;
  /** Resolves when the process has gone, with the reason as a sentence. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #options: PipelineProcessOptions;
  #killReason: string | undefined;
  #answer: ((message: ChildMessage) => void) | undefined;
  #onStep: OnStep | undefined;

  constructor(options: PipelineProcessOptions) {
    this.#options = options;
    this.#child = fork(options.childModule, [String(options.firstThreads)], {
      execArgv: [...options.execArgv],
      env: { ...options.env },
      // Keeps Infinity, typed arrays and undefined as they are.
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.pid = this.#child.pid ?? 0;
    this.#giveWay();
    this.ended = this.#watchEnd();
    this.started = this.#watchStart();
    this.#child.on('message', (message: ChildMessage) => {
      if (message.type === 'log') options.log(message.entry);
      else if (message.type === 'step') this.#onStep?.(message.step);
      else this.#answer?.(message);
    });
    this.#forwardErrorOutput();
  }

  /** False from the moment that it is to end. */
  get isAlive(): boolean {
    const hasEnded = this.#child.exitCode !== null || this.#child.signalCode !== null || this.pid === 0;
    return !hasEnded && this.#killReason === undefined;
  }

  /** At once, for the threads that compute inherit it from the child's first one. */
  #giveWay(): void {
    if (this.pid === 0) return;
    try {
      setPriority(this.pid, PRIORITY);
    } catch {
      // It has ended already, which `ended` tells.
    }
  }

  #watchEnd(): Promise<string> {
    return new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        const reason = this.#killReason ?? describeEnd(code, signal);
        // The exit may be seen before the last messages; the channel closes after them.
        if (this.#child.connected) this.#child.once('disconnect', () => resolve(reason));
        else resolve(reason);
      });
      this.#child.on('error', (error) => {
        // Also raised when a message cannot be sent; only a child that never was has no exit to wait for.
        if (this.pid === 0) resolve(`It could not be started: ${error.message}.`);
      });
    });
  }

  async #watchStart(): Promise<StartOutcome> {
    const { startTimeoutMs } = this.#options;
    const timer = setTimeout(() => this.kill(`It was not ready within ${startTimeoutMs / 1000} s.`), startTimeoutMs);
    const message = await this.#nextAnswer();
    clearTimeout(timer);
    if (typeof message === 'string') {
      return { kind: 'died', sentence: `The child process ended before its model was loaded. ${message}` };
    }
    return message.type === 'unable' ? { kind: 'unable', sentence: message.sentence } : { kind: 'ready' };
  }

  /** The next message, or the reason of the end as a string. */
  #nextAnswer(): Promise<ChildMessage | string> {
    const answered = new Promise<ChildMessage>((resolve) => {
      this.#answer = resolve;
    });
    return Promise.race([answered, this.ended]).finally(() => {
      this.#answer = undefined;
    });
  }

  #forwardErrorOutput(): void {
    const { stderr } = this.#child;
    if (!stderr) return;
    createInterface({ input: stderr }).on('line', (line) => {
      const detail = line.slice(0, LONGEST_LOGGED_LINE);
      this.#options.log({ level: 'warn', message: 'A child process wrote to stderr.', pid: this.pid, detail });
    });
  }

  /** SIGKILL, since a hanging native call hears nothing else. `ended` then resolves with `reason`. */
  kill(reason: string): void {
    this.#killReason ??= reason;
    this.#child.kill('SIGKILL');
  }

  async #endAbove(limitMiB: number, occasion: string): Promise<void> {
    const mib = (await readResidentMib(this.pid)) ?? 0;
    if (mib > limitMiB) this.kill(`It held ${Math.round(mib)} MiB of memory${occasion}, and may hold ${limitMiB}.`);
  }

  /** Ends a process that has kept too much after its order. */
  async checkMemoryBetweenOrders(): Promise<void> {
    await this.#endAbove(this.#options.idleMemoryLimitMiB, ' after its picture');
  }

  async run(order: PipelineOrder, threads: number, onStep?: OnStep): Promise<PipelineOutcome> {
    this.#onStep = onStep;
    const { jobTimeoutMs, memoryLimitMiB } = this.#options;
    const timeout = setTimeout(() => this.kill(`It took longer than ${jobTimeoutMs / 1000} s.`), jobTimeoutMs);
    const memoryCheck = setInterval(() => void this.#endAbove(memoryLimitMiB, ''), MEMORY_CHECK_INTERVAL_MS);
    try {
      const answered = this.#nextAnswer();
      const message: OrderMessage = { type: 'order', order, threads };
      // A failed send means that the child is gone, which `ended` tells.
      this.#child.send(message, () => undefined);
      return await this.#toOutcome(await answered, order);
    } finally {
      clearTimeout(timeout);
      clearInterval(memoryCheck);
      this.#onStep = undefined;
    }
  }

  async #toOutcome(answer: ChildMessage | string, order: PipelineOrder): Promise<PipelineOutcome> {
    if (typeof answer === 'string') {
      await rm(partialPathOf(order.outputPath), { force: true });
      return { kind: 'crashed', reason: answer };
    }
    if (answer.type === 'no_room') return { kind: 'no_room' };
    if (answer.type === 'done') return { kind: 'done', report: answer.report };
    if (answer.type === 'failed') return { kind: 'failed', code: answer.code, message: answer.message };
    throw new Error(`A child process answered an order with "${answer.type}".`);
  }
}
