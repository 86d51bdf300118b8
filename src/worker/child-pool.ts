/**
 * Child processes that remove backgrounds: orders wait in turn, each child has one at a time, and a child that dies, for
 * whatever reason, is replaced. Whether a crashed order is tried again is the caller's decision.
 */
import type { PipelineOrder, PipelineOutcome, PipelineRunner } from '../ports/pipeline-runner.ts';
import { PipelineProcess, type PipelineProcessOptions } from './pipeline-process.ts';

export type ChildPoolOptions = Omit<PipelineProcessOptions, 'startTimeoutMs' | 'execArgv'> & {
  readonly execArgv?: readonly string[];
  readonly size: number;
  /** Loading a model from a slow disk takes its time. */
  readonly startTimeoutMs?: number;
};

const DEFAULT_START_TIMEOUT_MS = 120_000;
/** Pauses between failed starts: doubled up to the longest, so that a broken model costs no processor. */
const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 30_000;
/** A child that was ready for less than this counts as a failed start. */
const STABLE_AFTER_MS = 1_000;
/** One death at the start can be an accident, an operator's kill for one; so many in a row are a fault. */
const DEATHS_BEFORE_REFUSAL = 3;

type Waiting = {
  readonly order: PipelineOrder;
  readonly resolve: (outcome: PipelineOutcome) => void;
  readonly reject: (error: Error) => void;
};
type ReadyWaiter = { readonly resolve: () => void; readonly reject: (error: Error) => void };

class ChildPool implements PipelineRunner {
  readonly capacity: number;
  readonly #options: PipelineProcessOptions;
  readonly #processes = new Set<PipelineProcess>();
  readonly #idle: PipelineProcess[] = [];
  readonly #queue: Waiting[] = [];
  readonly #running = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  readonly #slots: Promise<void>[];
  readonly #readyWaiters: ReadyWaiter[] = [];
  #readyCount = 0;

  constructor({ size, startTimeoutMs = DEFAULT_START_TIMEOUT_MS, execArgv = [], ...options }: ChildPoolOptions) {
    this.capacity = size;
    this.#options = { ...options, startTimeoutMs, execArgv };
    this.#slots = Array.from({ length: size }, () => this.#keepSlotFilled());
  }

  ready(): Promise<void> {
    if (this.#closing.signal.aborted) return Promise.reject(new Error('The pool of child processes is closed.'));
    if (this.#readyCount > 0) return Promise.resolve();
    return new Promise((resolve, reject) => this.#readyWaiters.push({ resolve, reject }));
  }

  run(order: PipelineOrder): Promise<PipelineOutcome> {
    if (this.#closing.signal.aborted) return Promise.reject(new Error('The pool of child processes is closed.'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ order, resolve, reject });
      this.#dispatch();
    });
  }

  async close(graceMs: number): Promise<void> {
    this.#closing.abort();
    for (const waiting of this.#queue.splice(0)) waiting.resolve({ kind: 'crashed', reason: 'The pool is closing.' });
    this.#refuseAll(new Error('The pool of child processes is closed.'));

    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([Promise.allSettled(this.#running), grace]);
    clearTimeout(timer);
    // An idle child holds nothing that a gentler end would save.
    for (const child of this.#processes) child.kill('The pool is closing.');
    await Promise.allSettled([...this.#running, ...this.#slots]);
  }

  /** Keeps one child alive until the pool closes. */
  async #keepSlotFilled(): Promise<void> {
    let failures = 0;
    while (!this.#closing.signal.aborted) {
      const child = new PipelineProcess(this.#options);
      this.#processes.add(child);
      const isStable = await this.#serveOnce(child, failures);
      this.#processes.delete(child);
      failures = isStable ? 0 : failures + 1;
      if (failures > 0) await this.#pause(Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), LONGEST_BACKOFF_MS));
    }
  }

  /** The whole life of one child. False when its start has failed. */
  async #serveOnce(child: PipelineProcess, earlierFailures: number): Promise<boolean> {
    const outcome = await child.started;
    if (outcome.kind === 'ready') {
      const readyAt = performance.now();
      await this.#serveUntilEnd(child);
      return performance.now() - readyAt >= STABLE_AFTER_MS;
    }
    await child.ended;
    if (this.#closing.signal.aborted) return false;
    const message = 'A child process could not start.';
    this.#options.log({ level: 'error', message, pid: child.pid, detail: outcome.sentence });
    const isCertain = outcome.kind === 'unable' || earlierFailures + 1 >= DEATHS_BEFORE_REFUSAL;
    if (isCertain && this.#readyCount === 0) this.#refuseAll(new Error(outcome.sentence));
    return false;
  }

  async #serveUntilEnd(child: PipelineProcess): Promise<void> {
    this.#readyCount++;
    for (const waiter of this.#readyWaiters.splice(0)) waiter.resolve();
    this.#makeIdle(child);
    const reason = await child.ended;
    this.#readyCount--;
    const position = this.#idle.indexOf(child);
    if (position >= 0) this.#idle.splice(position, 1);
    if (this.#closing.signal.aborted) return;
    const message = 'A child process ended and is replaced.';
    this.#options.log({ level: 'warn', message, pid: child.pid, detail: reason });
  }

  /** Nobody is left to wait for a child that will not come. */
  #refuseAll(error: Error): void {
    for (const waiter of this.#readyWaiters.splice(0)) waiter.reject(error);
    for (const waiting of this.#queue.splice(0)) waiting.reject(error);
  }

  #makeIdle(child: PipelineProcess): void {
    if (!child.isAlive) return;
    this.#idle.push(child);
    this.#dispatch();
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const child = this.#idle.shift();
      if (!child) return;
      if (!child.isAlive) continue;
      const waiting = this.#queue.shift() as Waiting;
      const work = this.#serve(child, waiting);
      this.#running.add(work);
      void work.finally(() => this.#running.delete(work));
    }
  }

  async #serve(child: PipelineProcess, { order, resolve, reject }: Waiting): Promise<void> {
    // The answer does not wait for the look at the child's memory.
    await child.run(order).then(resolve, reject);
    await child.checkMemoryBetweenOrders();
    this.#makeIdle(child);
  }

  /** Waits, or until the pool closes. */
  #pause(delayMs: number): Promise<void> {
    const { signal } = this.#closing;
    return new Promise((resolve) => {
      const timer = setTimeout(done, delayMs);
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted) done();
      function done() {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
    });
  }
}

/** Forks `size` children at once. `env` is theirs entire: nothing is inherited beyond it. */
export function createChildPool(options: ChildPoolOptions): PipelineRunner {
  return new ChildPool(options);
}
