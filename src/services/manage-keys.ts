/** The operator's verbs on API keys. The key in clear leaves `createKey` once, and is nowhere else. */
import { randomBytes } from 'node:crypto';
import { composeApiKey, type KeyKind, maskApiKey } from '../domain/api-key.ts';
import { encodeBase62, isUuid, SECRET_BYTES } from '../domain/id.ts';
import { findPlan, type LimitOverrides, type PlanName } from '../domain/plan.ts';
import type { Quality } from '../domain/removal-options.ts';
import { type Account, findAccountByName, insertAccount } from '../store/accounts.ts';
import { insertApiKey, type NewApiKey, revokeApiKey } from '../store/api-keys.ts';
import type { Connection } from '../store/database.ts';
import { hashApiKey } from './authenticate-caller.ts';
import type { AccountContext, DatabaseContext } from './context.ts';

export type NewKey = {
  readonly ctx: AccountContext;
  /** Without a name the key gets an account of its own. */
  readonly accountName: string | undefined;
  /** Needed where the account is new. */
  readonly plan: PlanName | undefined;
  readonly kind: KeyKind;
  readonly limits: LimitOverrides;
  /** Of its removals that name none; null leaves it to the setting. */
  readonly quality: Quality | null;
  readonly expiresAt: Date | null;
};

export type KeyResult =
  | { readonly kind: 'done'; readonly key: string; readonly keyId: string; readonly account: Account }
  | { readonly kind: 'refused'; readonly sentence: string };

export async function createKey(input: NewKey): Promise<KeyResult> {
  return await input.ctx.database.transaction().execute(async (tx) => {
    const account = await findOrInsertAccount(tx, input);
    if (typeof account === 'string') return { kind: 'refused', sentence: account };
    const { kind, limits: overrides, quality, expiresAt } = input;
    const given = { kind, overrides, quality, expiresAt, name: '', origins: [] };
    return { kind: 'done', account, ...(await mintKey(tx, account.id, given)) };
  });
}

export type KeyTraits = Omit<NewApiKey, 'accountId' | 'hash' | 'masked'>;

export async function mintKey(tx: Connection, accountId: string, traits: KeyTraits) {
  const key = composeApiKey(traits.kind, randomBytes(SECRET_BYTES));
  const { id } = await insertApiKey(tx, { ...traits, accountId, hash: hashApiKey(key), masked: maskApiKey(key) });
  return { key, keyId: id };
}

/** The account, or the sentence that says why not. Nothing is inserted for a key that is refused. */
async function findOrInsertAccount(
  tx: Connection,
  { ctx, accountName: name, plan, kind }: NewKey,
): Promise<Account | string> {
  const known = name === undefined ? undefined : await findAccountByName(tx, name);
  if (known && plan !== undefined && known.plan !== plan) {
    return `The account "${known.name}" is on the plan ${known.plan}; change it by: remuvr accounts set-plan ${known.name} ${plan}`;
  }
  const keyPlan = known?.plan ?? plan;
  if (keyPlan === undefined) return `There is no account named "${name}"; say by --plan which plan it shall be on.`;
  if (kind !== 'test' && !findPlan(ctx.plans, keyPlan).hasLiveKeys) {
    return `The plan ${keyPlan} has test keys only: add --test, or choose another plan.`;
  }
  if (known) return known;
  const account = await insertAccount(tx, name ?? `${keyPlan}-${encodeBase62(randomBytes(6))}`, keyPlan);
  return account ?? `Another command has just made the account "${name}"; run this one again.`;
}

/** `reference`: the key itself, or its id. Whether there was such a key that was not revoked yet. */
export async function revokeKey(input: { ctx: DatabaseContext; reference: string }): Promise<boolean> {
  const { ctx, reference } = input;
  return await revokeApiKey(ctx.database, isUuid(reference) ? { id: reference } : { hash: hashApiKey(reference) });
}
