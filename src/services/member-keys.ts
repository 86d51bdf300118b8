/** What somebody signed in does with the keys of their account. The key in clear is answered once, and kept nowhere. */
import type { KeyKind } from '../domain/api-key.ts';
import { RemuvrError } from '../domain/errors.ts';
import { isUuid } from '../domain/id.ts';
import { changeOverrides, findPlan, type LimitChange, NO_OVERRIDES } from '../domain/plan.ts';
import { quotaPeriod } from '../domain/quota.ts';
import type { Quality } from '../domain/removal-options.ts';
import type { Account } from '../store/accounts.ts';
import {
  type ApiKey,
  countLiveApiKeys,
  expireApiKey,
  findApiKey,
  listApiKeys,
  revokeApiKey,
} from '../store/api-keys.ts';
import { type Connection, readClock } from '../store/database.ts';
import { countJobsByKey } from '../store/job-list.ts';
import type { AccountContext, DatabaseContext } from './context.ts';
import { mintKey } from './manage-keys.ts';

/** In use at one time. */
const MAX_KEYS = 50;

type MemberInput = { readonly ctx: DatabaseContext; readonly account: Account };
type OfKey = MemberInput & { readonly keyId: string };

export type MemberKey = ApiKey & { readonly requestsThisMonth: number };

export async function listMemberKeys({ ctx, account }: MemberInput): Promise<MemberKey[]> {
  const { start } = quotaPeriod(await readClock(ctx.database));
  const counts = await countJobsByKey(ctx.database, account.id, start);
  const keys = await listApiKeys(ctx.database, account.id);
  return keys.map((key) => ({ ...key, requestsThisMonth: counts.get(key.id) ?? 0 }));
}

export type NewMemberKey = {
  readonly name: string;
  readonly kind: KeyKind;
  readonly expiresAt: Date | null;
  readonly limits: LimitChange;
  readonly quality: Quality | null;
  readonly origins: readonly string[];
};

/** Throws `plan_required` or `invalid_parameter`. */
export async function createMemberKey(
  input: MemberInput & { readonly ctx: AccountContext; readonly given: NewMemberKey },
) {
  const { ctx, account, given } = input;
  if (given.kind !== 'test' && !findPlan(ctx.plans, account.plan).hasLiveKeys) {
    throw new RemuvrError('plan_required', `The plan ${account.plan} has test keys only; choose another plan first.`);
  }
  if (given.kind === 'publishable' && given.origins.length === 0) {
    throw new RemuvrError('invalid_parameter', 'A publishable key must name the origins of the pages that use it.');
  }
  if (given.expiresAt && given.expiresAt <= (await readClock(ctx.database))) {
    throw new RemuvrError('invalid_parameter', 'The parameter "expiresAt" must lie in the future.');
  }
  const { limits, ...traits } = given;
  const overrides = changeOverrides(NO_OVERRIDES, limits);
  return await ctx.database.transaction().execute(async (tx) => {
    await demandRoom(tx, account.id);
    return await mintKey(tx, account.id, { ...traits, overrides });
  });
}

async function demandRoom(tx: Connection, accountId: string): Promise<void> {
  if ((await countLiveApiKeys(tx, accountId)) < MAX_KEYS) return;
  throw new RemuvrError('invalid_parameter', `An account has at most ${MAX_KEYS} keys in use; revoke one first.`);
}

/** Another key in place of this one, which works on for so many hours. */
export async function rotateMemberKey(input: OfKey & { readonly overlapHours: number }) {
  const { ctx, account, keyId, overlapHours } = input;
  return await ctx.database.transaction().execute(async (tx) => {
    const old = isUuid(keyId) ? await findApiKey(tx, account.id, keyId) : undefined;
    const now = await readClock(tx);
    if (!old || old.revokedAt || (old.expiresAt && old.expiresAt <= now)) {
      throw new RemuvrError('not_found', 'There is no such key in use.');
    }
    await demandRoom(tx, account.id);
    await expireApiKey(tx, account.id, keyId, overlapHours);
    const { name, kind, origins, overrides, quality, expiresAt } = old;
    return await mintKey(tx, account.id, { name, kind, origins, overrides, quality, expiresAt });
  });
}

/** From the moment that it returns, no server takes the key. */
export async function revokeMemberKey({ ctx, account, keyId }: OfKey): Promise<void> {
  const isOwn = isUuid(keyId) && (await findApiKey(ctx.database, account.id, keyId)) !== undefined;
  if (!isOwn) throw new RemuvrError('not_found', 'There is no such key.');
  await revokeApiKey(ctx.database, { id: keyId });
}
