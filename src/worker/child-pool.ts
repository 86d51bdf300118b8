/**
 * Child processes that remove backgrounds: orders wait in turn, each child has one at a time, and is told how many threads
 * to use. The first child is always there; others come when orders wait, and go when they have been idle for long. A child
 * that dies is replaced; whether its order is tried again is the caller's decision.
 */
import { isAdmitted } from '../domain/admission.ts';
import { shareThreads } from '../domain/threads.ts';
import type { OnStep, PipelineOrder, PipelineOutcome, PipelineRunner } from '../ports/pipeline-runner.ts';
import { ChildSlot } from './child-slot.ts';
import type { PipelineProcessOptions } from './pipeline-process.ts';
import { readResidentMib } from './process-memory.ts';

type OfProcess = Omit<PipelineProcessOptions, 'startTimeoutMs' | 'execArgv' | 'firstThreads' | 'idleMemoryLimitMiB'>;

export type ChildPoolOptions = OfProcess & {
  readonly execArgv?: readonly string[];
  /** Children at most. */
  readonly size: number;
  /** Of all children together. */
  readonly threads: number;
  /** Loading a model from a slow disk takes its time. */
  readonly startTimeoutMs?: number;
  /** After so long without an order, a child that is not the first is let go. */
  readonly idleMs?: number;
  /** Left out, that of the middle of an order. */
  readonly idleMemoryLimitMiB?: number;
  /** Of the pictures in all children together: what is above waits. */
  readonly maxMegapixels?: number;
  /** So many megapixels more, or fewer, are worked on. */
  readonly onWork?: (megapixels: number) => void;
  /** A child that was ready has ended, and another comes. */
  readonly onReplaced?: () => void;
};

const DEFAULT_START_TIMEOUT_MS = 120_000;
const DEFAULT_IDLE_MS = 300_000;

/** Reading a job, storing its result and settling it take the loop tens of milliseconds, in which its child has another. */
const IN_HAND_PER_CHILD = 0.25;

type Waiting = {
  readonly order: PipelineOrder;
  readonly onStep: OnStep | undefined;
  readonly resolve: (outcome: PipelineOutcome) => void;
  readonly reject: (error: Error) => void;
};
const megapixelsOf = ({ megapixels = 0 }: PipelineOrder): number => megapixels;

type ReadyWaiter = { readonly resolve: () => void; readonly reject: (error: Error) => void };

/** A runner whose processes can be looked at. */
export interface ChildPool extends PipelineRunner {
  /** MiB that each child holds. */
  readMemory(): Promise<number[]>;
}

class Pool implements ChildPool {
  readonly capacity: number;
  readonly #options: ChildPoolOptions;
  /** The first one first: it is asked first, so that the others may become idle. */
  readonly #slots: ChildSlot[] = [];
  readonly #queue: Waiting[] = [];
  readonly #running = new Set<Promise<unknown>>();
  readonly #inHand = new Set<PipelineOrder>();
  readonly #readyWaiters: ReadyWaiter[] = [];
  #isClosed = false;

  constructor(options: ChildPoolOptions) {
    this.#options = options;
    this.capacity = options.size + Math.ceil(options.size * IN_HAND_PER_CHILD);
    this.#openSlot();
  }

  ready(): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Error('The pool of child processes is closed.'));
    if (this.#hasReady()) return Promise.resolve();
    return new Promise((resolve, reject) => this.#readyWaiters.push({ resolve, reject }));
  }

  run(order: PipelineOrder, onStep?: OnStep): Promise<PipelineOutcome> {
    if (this.#isClosed) return Promise.reject(new Error('The pool of child processes is closed.'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ order, onStep, resolve, reject });
      this.#dispatch();
    });
  }

  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    for (const waiting of this.#queue.splice(0)) waiting.resolve({ kind: 'crashed', reason: 'The pool is closing.' });
    this.#refuseAll(new Error('The pool of child processes is closed.'));

    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([Promise.allSettled(this.#running), grace]);
    clearTimeout(timer);
    const slots = [...this.#slots];
    for (const slot of slots) slot.end('The pool is closing.');
    await Promise.allSettled([...this.#running, ...slots.map((slot) => slot.finished)]);
  }

  async readMemory(): Promise<number[]> {
    const held = await Promise.all(this.#slots.map(({ pid }) => (pid ? readResidentMib(pid) : undefined)));
    return held.filter((mib) => mib !== undefined);
  }

  #hasReady(): boolean {
    return this.#slots.some((slot) => slot.state !== 'starting');
  }

  #openSlot(): void {
    const { size, threads, idleMs = DEFAULT_IDLE_MS, startTimeoutMs = DEFAULT_START_TIMEOUT_MS } = this.#options;
    const isFirst = this.#slots.length === 0;
    const { childModule, execArgv = [], env, jobTimeoutMs, memoryLimitMiB, log } = this.#options;
    const { idleMemoryLimitMiB = memoryLimitMiB } = this.#options;
    const limits = { startTimeoutMs, jobTimeoutMs, memoryLimitMiB, idleMemoryLimitMiB };
    // The first is there for whoever comes alone, the others are for when there are many.
    const firstThreads = isFirst ? threads : shareThreads({ orders: size, children: size, threads });
    const slot = new ChildSlot({
      process: { childModule, execArgv, env, firstThreads, ...limits, log },
      ...(isFirst ? {} : { idleMs }),
      onReplaced: this.#options.onReplaced,
      onReady: () => {
        for (const waiter of this.#readyWaiters.splice(0)) waiter.resolve();
      },
      onIdle: () => this.#dispatch(),
      onStartFailed: (sentence, isCertain) => {
        // Nobody is left to wait for a child that will not come.
        if (isCertain && !this.#hasReady()) this.#refuseAll(new Error(sentence));
      },
    });
    this.#slots.push(slot);
    void slot.finished.then(() => this.#slots.splice(this.#slots.indexOf(slot), 1));
  }

  #refuseAll(error: Error): void {
    for (const waiter of this.#readyWaiters.splice(0)) waiter.reject(error);
    for (const waiting of this.#queue.splice(0)) waiting.reject(error);
  }

  #dispatch(): void {
    for (let next = this.#queue[0]; next && this.#hasRoomFor(next.order); next = this.#queue[0]) {
      const orders = this.#queue.length + this.#slots.filter(({ state }) => state === 'busy').length;
      const slot = this.#pickSlot(orders);
      if (!slot) {
        this.#grow();
        return;
      }
      // It comes back to this in a moment.
      if (!slot.isFree) return;
      this.#queue.shift();
      const { size: children, threads } = this.#options;
      this.#begin(next, slot, shareThreads({ orders, children, threads }));
    }
  }

  /**
   * An order that is alone is for the first child, which has the session of every thread: another would make one of its own,
   * in tenths of a second and 0.4 GB. So that one is waited for while its memory is looked at.
   */
  #pickSlot(orders: number): ChildSlot | undefined {
    return this.#slots.find(({ isFree, state }) => isFree || (orders === 1 && state === 'settling'));
  }

  #begin({ order, onStep, resolve, reject }: Waiting, slot: ChildSlot, threads: number): void {
    this.#inHand.add(order);
    this.#options.onWork?.(megapixelsOf(order));
    const letGo = (): void => {
      this.#inHand.delete(order);
      this.#options.onWork?.(-megapixelsOf(order));
    };
    const work = slot.run(order, threads, onStep).finally(letGo).then(resolve, reject);
    this.#running.add(work);
    void work.finally(() => {
      this.#running.delete(work);
      this.#dispatch();
    });
  }

  /** The next in line is not overtaken by smaller ones: it would wait for ever. */
  #hasRoomFor(order: PipelineOrder): boolean {
    const inFlight = [...this.#inHand].reduce((sum, each) => sum + megapixelsOf(each), 0);
    const { maxMegapixels = Number.POSITIVE_INFINITY } = this.#options;
    return isAdmitted({ megapixels: megapixelsOf(order) }, inFlight, maxMegapixels);
  }

  /** A child for each order that waits, unless one is on its way to it. */
  #grow(): void {
    const coming = this.#slots.filter(({ state }) => state === 'starting' || state === 'settling').length;
    const missing = Math.min(this.#queue.length - coming, this.#options.size - this.#slots.length);
    for (let i = 0; i < missing; i++) this.#openSlot();
  }
}

/** `env` is the children's entire: nothing is inherited beyond it. */
export function createChildPool(options: ChildPoolOptions): ChildPool {
  return new Pool(options);
}
