/** One place of the pool: keeps a child process alive in it, and replaces the one that dies, for whatever reason. */
import type { OnStep, PipelineOrder, PipelineOutcome } from '../ports/pipeline-runner.ts';
import { PipelineProcess, type PipelineProcessOptions } from './pipeline-process.ts';

/** `settling`: it has answered, and its memory is looked at. */
export type SlotState = 'starting' | 'idle' | 'busy' | 'settling';

export type ChildSlotOptions = {
  readonly process: PipelineProcessOptions;
  /** Idle for so long, the child is let go and the slot ends; left out, never. */
  readonly idleMs?: number;
  readonly onReady: () => void;
  /** Orders may be given out anew. */
  readonly onIdle: () => void;
  /** `isCertain`: another try would end the same. */
  readonly onStartFailed: (sentence: string, isCertain: boolean) => void;
  /** A child that was ready has ended, and another comes. */
  readonly onReplaced: (() => void) | undefined;
};

/** Pauses between failed starts: doubled up to the longest, so that a broken model costs no processor. */
const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 30_000;
/** A child that was ready for less than this counts as a failed start. */
const STABLE_AFTER_MS = 1_000;
/** One death at the start can be an accident, an operator's kill for one; so many in a row are a fault. */
const DEATHS_BEFORE_REFUSAL = 3;

export class ChildSlot {
  /** Resolves when the slot has ended, and its child with it. */
  readonly finished: Promise<void>;
  readonly #options: ChildSlotOptions;
  readonly #ending = new AbortController();
  #child: PipelineProcess | undefined;
  #state: SlotState = 'starting';
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(options: ChildSlotOptions) {
    this.#options = options;
    this.finished = this.#keepFilled();
  }

  get state(): SlotState {
    return this.#state;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Its child can take an order now. */
  get isFree(): boolean {
    return this.#state === 'idle' && this.#child?.isAlive === true;
  }

  /** To be called on a free slot. */
  async run(order: PipelineOrder, threads: number, onStep?: OnStep): Promise<PipelineOutcome> {
    const child = this.#child;
    if (!child) throw new Error('An order was given to a slot without a child.');
    clearTimeout(this.#idleTimer);
    this.#state = 'busy';
    try {
      return await child.run(order, threads, onStep);
    } finally {
      // The answer does not wait for the look at the child's memory.
      if (this.#child === child) this.#state = 'settling';
      void this.#settle(child);
    }
  }

  /** Ends the child at once: it holds nothing that a gentler end would save. */
  end(reason: string): void {
    this.#ending.abort();
    this.#child?.kill(reason);
  }

  async #keepFilled(): Promise<void> {
    let failures = 0;
    while (!this.#ending.signal.aborted) {
      this.#state = 'starting';
      this.#child = new PipelineProcess(this.#options.process);
      const isStable = await this.#serveOnce(this.#child, failures);
      this.#child = undefined;
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
    if (this.#ending.signal.aborted) return false;
    this.#log('error', 'A child process could not start.', child, outcome.sentence);
    this.#options.onStartFailed(
      outcome.sentence,
      outcome.kind === 'unable' || earlierFailures + 1 >= DEATHS_BEFORE_REFUSAL,
    );
    return false;
  }

  async #serveUntilEnd(child: PipelineProcess): Promise<void> {
    this.#becomeIdle(child);
    this.#options.onReady();
    const reason = await child.ended;
    clearTimeout(this.#idleTimer);
    this.#state = 'starting';
    if (this.#ending.signal.aborted) return;
    this.#options.onReplaced?.();
    this.#log('warn', 'A child process ended and is replaced.', child, reason);
  }

  async #settle(child: PipelineProcess): Promise<void> {
    await child.checkMemoryBetweenOrders();
    if (this.#child !== child) return;
    if (child.isAlive) this.#becomeIdle(child);
    else this.#leaveToOthers();
  }

  /** Its child was ended for what it kept: who waited for it goes elsewhere. */
  #leaveToOthers(): void {
    this.#state = 'starting';
    this.#options.onIdle();
  }

  #becomeIdle(child: PipelineProcess): void {
    if (!child.isAlive) return;
    this.#state = 'idle';
    const { idleMs } = this.#options;
    if (idleMs !== undefined) {
      this.#idleTimer = setTimeout(() => this.end('It was idle.'), idleMs);
      this.#idleTimer.unref();
    }
    this.#options.onIdle();
  }

  #log(level: 'warn' | 'error', message: string, child: PipelineProcess, detail: string): void {
    this.#options.process.log({ level, message, pid: child.pid, detail });
  }

  /** Waits, or until the slot ends. */
  #pause(delayMs: number): Promise<void> {
    const { signal } = this.#ending;
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
