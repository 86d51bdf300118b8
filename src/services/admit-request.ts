/** Takes one request from the caller's buckets, and tells what the answer's rate headers say. */

import type { RateDecision } from '../domain/rate-limit.ts';
import { senderNetwork } from '../domain/sender.ts';
import { takeFromBuckets } from '../store/rate-buckets.ts';
import type { Caller } from './authenticate-caller.ts';
import type { DatabaseContext } from './context.ts';
import { scopeId } from './scope-id.ts';

/** Of the bucket that has the least left: the one that the caller will meet first. */
export type RateState = {
  readonly isAllowed: boolean;
  /** Until one more request fits into the bucket that refused it. */
  readonly retryAfterSeconds: number;
  readonly limit: number;
  readonly remaining: number;
  readonly resetAtMs: number;
  /** The database's clock. */
  readonly nowMs: number;
};

/** One visitor of the pages that use a publishable key: ten pictures at once, then ten a minute. */
const VISITOR = { capacity: 10, requestsPerSecond: 1 / 6 };

/** `sender`: the network address that the request comes from. */
export async function admitRequest(input: {
  ctx: DatabaseContext;
  caller: Caller;
  sender: string;
}): Promise<RateState> {
  const { ctx, caller, sender } = input;
  const isVisitor = caller.kind === 'publishable';
  const visitor = isVisitor ? [{ id: scopeId('visitor', `${caller.keyId} ${senderNetwork(sender)}`), ...VISITOR }] : [];
  const scopes = [...caller.rateScopes, ...visitor];
  const { decisions, nowMs } = await takeFromBuckets(ctx.database, scopes);
  const states = decisions.map((decision, i) => toState(decision, scopes[i]?.requestsPerSecond ?? 0, nowMs));
  const isAllowed = states.every((state) => state.isAllowed);
  const retryAfterSeconds = Math.max(...states.map((state) => state.retryAfterSeconds));
  const ofSecond = states.slice(0, caller.rateScopes.length);
  const tightest = ofSecond.reduce((a, b) => (!b.isAllowed || b.remaining < a.remaining ? b : a));
  return { ...tightest, isAllowed, retryAfterSeconds };
}

function toState(decision: RateDecision, limit: number, nowMs: number): RateState {
  return {
    isAllowed: decision.kind === 'allow',
    retryAfterSeconds: Math.max(1, Math.ceil((1 - decision.bucket.tokens) / limit)),
    limit,
    remaining: decision.remaining,
    resetAtMs: decision.resetAtMs,
    nowMs,
  };
}
