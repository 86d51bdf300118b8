/** From the text of a key to the account that calls, and what it may. */
import { createHash } from 'node:crypto';
import { type KeyKind, parseApiKey } from '../domain/api-key.ts';
import { RemuvrError } from '../domain/errors.ts';
import { accountLimits, findPlan, keyMaxFileSize, type Limits, type PlanName, type PlanTable } from '../domain/plan.ts';
import type { Quality } from '../domain/removal-options.ts';
import type { Account } from '../store/accounts.ts';
import { findKeyHolder, type KeyHolder, noteKeyUse } from '../store/api-keys.ts';
import type { RateScope } from '../store/rate-buckets.ts';
import type { QuotaScope } from '../store/usage.ts';
import type { AccountContext } from './context.ts';

export type Caller = {
  readonly accountId: string;
  /** Null in the playground, where somebody signed in needs none. */
  readonly keyId: string | null;
  readonly kind: KeyKind;
  readonly origins: readonly string[];
  readonly isSuspended: boolean;
  readonly isTest: boolean;
  readonly plan: PlanName;
  /** Of the account. */
  readonly limits: Limits;
  /** Of the account and the key together. */
  readonly maxFileSize: number;
  readonly canRemove: boolean;
  /** Of the key: for removals that name none. */
  readonly quality: Quality | null;
  /** The account first; then the key, where it has a narrower limit of its own. */
  readonly rateScopes: readonly [RateScope, ...RateScope[]];
  readonly quotaScopes: readonly [QuotaScope, ...QuotaScope[]];
};

export function hashApiKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** Throws `invalid_api_key`, in the same words whatever the reason. A malformed key costs no look-up. */
export async function authenticateCaller(input: { ctx: AccountContext; key: string | undefined }): Promise<Caller> {
  const { ctx, key } = input;
  const holder = key && parseApiKey(key) ? await findKeyHolder(ctx.database, hashApiKey(key)) : undefined;
  if (!holder) throw new RemuvrError('invalid_api_key');
  if (holder.isUseStale) await noteKeyUse(ctx.database, holder.keyId);
  return toCaller(ctx.plans, holder);
}

/** Somebody signed in, who removes backgrounds without a key: on every plan, and counted like any other. */
export function callerOfAccount(plans: PlanTable, account: Account): Caller {
  const { id, plan, isSuspended, overrides } = account;
  const limits = accountLimits(findPlan(plans, plan), overrides);
  return {
    accountId: id,
    keyId: null,
    kind: 'live',
    origins: [],
    isSuspended,
    isTest: false,
    plan,
    limits,
    maxFileSize: limits.maxFileSize,
    canRemove: true,
    quality: null,
    rateScopes: [{ id, requestsPerSecond: limits.requestsPerSecond }],
    quotaScopes: [{ id, monthlyRemovals: limits.monthlyRemovals }],
  };
}

function toCaller(plans: PlanTable, holder: KeyHolder): Caller {
  const plan = findPlan(plans, holder.plan);
  const limits = accountLimits(plan, holder.accountOverrides);
  const { requestsPerSecond, monthlyRemovals } = holder.keyOverrides;
  const ownRate =
    requestsPerSecond === null || requestsPerSecond >= limits.requestsPerSecond
      ? []
      : [{ id: holder.keyId, requestsPerSecond }];
  const ownQuota = monthlyRemovals === null ? [] : [{ id: holder.keyId, monthlyRemovals }];
  return {
    accountId: holder.accountId,
    keyId: holder.keyId,
    kind: holder.kind,
    origins: holder.origins,
    isSuspended: holder.isSuspended,
    isTest: holder.kind === 'test',
    plan: holder.plan,
    limits,
    maxFileSize: keyMaxFileSize(limits, holder.keyOverrides),
    canRemove: holder.kind === 'test' || plan.hasLiveKeys,
    quality: holder.quality,
    rateScopes: [{ id: holder.accountId, requestsPerSecond: limits.requestsPerSecond }, ...ownRate],
    quotaScopes: [{ id: holder.accountId, monthlyRemovals: limits.monthlyRemovals }, ...ownQuota],
  };
}
