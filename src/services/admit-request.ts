/** Takes one request from the caller's buckets, and tells what the answer's rate headers say. */
import type { RateDecision } from '../domain/rate-limit.ts';
import { takeFromBuckets } from '../store/rate-buckets.ts';
import type { Caller } from './authenticate-caller.ts';
import type { DatabaseContext } from './context.ts';

/** Of the bucket that has the least left: the one that the caller will meet first. */
export type RateState = {
  readonly isAllowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly resetAtMs: number;
  /** The database's clock. */
  readonly nowMs: number;
};

export async function admitRequest(input: { ctx: DatabaseContext; caller: Caller }): Promise<RateState> {
  const { ctx, caller } = input;
  const { decisions, nowMs } = await takeFromBuckets(ctx.database, caller.rateScopes);
  const states = decisions.map((decision, i) => toState(decision, caller.rateScopes[i]?.requestsPerSecond ?? 0, nowMs));
  const isAllowed = states.every((state) => state.isAllowed);
  const tightest = states.reduce((a, b) => (!b.isAllowed || b.remaining < a.remaining ? b : a));
  return { ...tightest, isAllowed };
}

function toState(decision: RateDecision, limit: number, nowMs: number): RateState {
  return {
    isAllowed: decision.kind === 'allow',
    limit,
    remaining: decision.remaining,
    resetAtMs: decision.resetAtMs,
    nowMs,
  };
}
