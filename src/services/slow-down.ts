/** Slows down whoever guesses, and whoever asks too often. Counted in the database, so for every server together. */
import { RemuvrError } from '../domain/errors.ts';
import { senderNetwork } from '../domain/sender.ts';
import { type RateScope, takeFromBuckets } from '../store/rate-buckets.ts';
import type { DatabaseContext } from './context.ts';
import { scopeId } from './scope-id.ts';

type Pace = Omit<RateScope, 'id'>;

/** One network address, of IPv6 one /64: many people may share it. */
const SENDER: Pace = { capacity: 100, requestsPerSecond: 1 / 3 };
/** One sender at one mail address: its owner mistypes a password a few times. A device of the owner's as much. */
const GUESSER: Pace = { capacity: 10, requestsPerSecond: 1 / 60 };
/** All senders at one mail address: so many that no single one locks its owner out, too few to guess a password. */
const ADDRESS: Pace = { capacity: 100, requestsPerSecond: 1 / 12 };
/** Mails to one address, whoever asks for them. */
const MAILS: Pace = { capacity: 10, requestsPerSecond: 1 / 60 };
/** Somebody signed in: more than any page asks for. */
const MEMBER: Pace = { capacity: 40, requestsPerSecond: 20 };

export type Attempt = {
  /** The network address that it comes from. */
  readonly sender: string;
  /** The mail address that it is about, where it names one. */
  readonly address: string | undefined;
  /** Whether it may send a mail there. */
  readonly isMailing: boolean;
  /** Of the browser, where it has signed in at this address before. */
  readonly deviceId: string | undefined;
};

/** Throws `rate_limit_exceeded`. */
export async function slowDown({ ctx, attempt }: { ctx: DatabaseContext; attempt: Attempt }): Promise<void> {
  const sender = senderNetwork(attempt.sender);
  const scopes = [{ id: scopeId('sender', sender), ...SENDER }, ...scopesOfAddress(attempt, sender)];
  await takeOrRefuse(ctx, scopes, 'Too many attempts. Wait, and try again.');
}

function scopesOfAddress({ address: given, isMailing, deviceId }: Attempt, sender: string): RateScope[] {
  if (given === undefined) return [];
  const address = given.trim().toLowerCase();
  if (isMailing) return [{ id: scopeId('mails', address), ...MAILS }];
  if (deviceId !== undefined) return [{ id: scopeId('device', deviceId), ...GUESSER }];
  return [
    { id: scopeId('guesser', `${address} ${sender}`), ...GUESSER },
    { id: scopeId('address', address), ...ADDRESS },
  ];
}

/** Throws `rate_limit_exceeded`. */
export async function slowMember({ ctx, accountId }: { ctx: DatabaseContext; accountId: string }): Promise<void> {
  await takeOrRefuse(ctx, [{ id: scopeId('member', accountId), ...MEMBER }], undefined);
}

async function takeOrRefuse(ctx: DatabaseContext, scopes: readonly RateScope[], sentence: string | undefined) {
  const { decisions, nowMs } = await takeFromBuckets(ctx.database, scopes);
  const waits = decisions.map((decision, i) => {
    if (decision.kind === 'allow') return 0;
    const { tokens, updatedAtMs } = decision.bucket;
    return ((1 - tokens) / (scopes[i]?.requestsPerSecond ?? 1)) * 1000 + updatedAtMs - nowMs;
  });
  if (decisions.every(({ kind }) => kind === 'allow')) return;
  const retryAfterSeconds = Math.max(1, Math.ceil(Math.max(...waits) / 1000));
  throw new RemuvrError('rate_limit_exceeded', sentence, { retryAfterSeconds });
}
