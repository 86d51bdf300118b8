/** Slows down whoever guesses: passwords, codes, addresses. Counted in the database, so for every server together. */
import { RemuvrError } from '../domain/errors.ts';
import { senderNetwork } from '../domain/sender.ts';
import { type RateScope, takeFromBuckets } from '../store/rate-buckets.ts';
import type { DatabaseContext } from './context.ts';
import { scopeId } from './scope-id.ts';

/** One network address, of IPv6 one /64: many people may share it. */
const SENDER = { capacity: 100, requestsPerSecond: 1 / 3 };
/** One mail address: its owner mistypes a password a few times, and asks for a mail now and then. */
const ADDRESS = { capacity: 10, requestsPerSecond: 1 / 60 };

/** Throws `rate_limit_exceeded`. `address`: the mail address that the attempt is about, where it names one. */
export async function slowDown(input: {
  ctx: DatabaseContext;
  sender: string;
  address: string | undefined;
}): Promise<void> {
  const { ctx, sender, address } = input;
  const scopes: RateScope[] = [{ id: scopeId('sender', senderNetwork(sender)), ...SENDER }];
  if (address !== undefined) scopes.push({ id: scopeId('address', address.trim().toLowerCase()), ...ADDRESS });
  const { decisions, nowMs } = await takeFromBuckets(ctx.database, scopes);
  const refused = decisions.find((decision) => decision.kind === 'deny');
  if (!refused) return;
  const { requestsPerSecond } = scopes[decisions.indexOf(refused)] ?? SENDER;
  const waitMs = ((1 - refused.bucket.tokens) / requestsPerSecond) * 1000;
  throw new RemuvrError('rate_limit_exceeded', 'Too many attempts. Wait, and try again.', {
    retryAfterSeconds: Math.max(1, Math.ceil((waitMs + refused.bucket.updatedAtMs - nowMs) / 1000)),
  });
}
