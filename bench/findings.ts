/** How the benchmarks print: a number, its aim where there is one, and what it was made of. */

/** What the whole is to hold, as ratios measured in one run. */
export const AIMS = {
  /** One request alone, quality fast, 1 MP, against a bare session with every thread. */
  fastLatency: { atMost: 1.2 },
  /** The same, quality auto. */
  autoLatency: { atMost: 1.6 },
  /** Milliseconds of one request at 12 MP beside a bare session. */
  fastBeside: { atMost: 400 },
  autoBeside: { atMost: 750 },
  /** The stage of the inference, preparing its input included: of a job alone against every thread, under load against one. */
  inferAlone: { atMost: 1.1 },
  inferLoaded: { atMost: 1.1 },
  /** Images a second against as many bare one-thread sessions as cores. */
  saturation: { atLeast: 0.92 },
  /** Milliseconds from the send of a job to its start by an idle worker. */
  wake: { atMost: 10 },
  /** p99 of /v1/auth beside removals on every core, ms. */
  authLatency: { atMost: 20 },
  /** Of the server, for each idle connection. */
  connectionKib: { atMost: 32 },
  /** Memory after many photos against that after the first ones. */
  memoryDrift: { atMost: 1.1 },
} as const;

export type Aim = { readonly atMost: number } | { readonly atLeast: number };

function judge(value: number, aim: Aim): string {
  const isMet = 'atMost' in aim ? value <= aim.atMost : value >= aim.atLeast;
  return `aim ${'atMost' in aim ? `≤ ${aim.atMost}` : `≥ ${aim.atLeast}`}: ${isMet ? 'met' : 'MISSED'}`;
}

export function printFinding(name: string, ratio: number, aim: Aim | undefined, detail: string): void {
  console.log(`${name.padEnd(46)} ${ratio.toFixed(2)}   ${aim ? judge(ratio, aim) : 'no aim'}   (${detail})`);
}

/** The least value that so large a share of them does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Of an even count, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}
