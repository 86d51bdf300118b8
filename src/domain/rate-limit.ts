/**
 * A token bucket: it refills at a steady rate, and holds one second's worth of it unless its capacity says more.
 * Pure: it returns the decision and the bucket to store; the store applies both under a row lock.
 */

/** `tokens` may be a fraction. Times in milliseconds of the database's clock, the one clock that all servers share. */
export type Bucket = { readonly tokens: number; readonly updatedAtMs: number };

export type RateDecision = {
  readonly kind: 'allow' | 'deny';
  readonly bucket: Bucket;
  /** Whole requests that may follow at once. */
  readonly remaining: number;
  /** When the bucket is full again. */
  readonly resetAtMs: number;
};

/** `bucket` undefined: the first request ever, or the first after the table was emptied. */
export function decideRate(
  bucket: Bucket | undefined,
  nowMs: number,
  requestsPerSecond: number,
  capacity = requestsPerSecond,
): RateDecision {
  // A clock set back must not drain the bucket: no time has passed then.
  const elapsedMs = Math.max(0, nowMs - (bucket?.updatedAtMs ?? nowMs));
  const stored = bucket?.tokens ?? capacity;
  const available = Math.min(capacity, stored + (elapsedMs / 1000) * requestsPerSecond);
  const isAllowed = available >= 1;
  const tokens = isAllowed ? available - 1 : available;
  return {
    kind: isAllowed ? 'allow' : 'deny',
    bucket: { tokens, updatedAtMs: nowMs },
    remaining: Math.floor(tokens),
    resetAtMs: nowMs + ((capacity - tokens) / requestsPerSecond) * 1000,
  };
}
