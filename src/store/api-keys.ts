/** API keys: found by their SHA-256, shown by their masked form, never stored in clear. */
import { type Selectable, sql } from 'kysely';
import type { KeyKind } from '../domain/api-key.ts';
import type { LimitOverrides, PlanName } from '../domain/plan.ts';
import type { Quality } from '../domain/removal-options.ts';
import { limitColumns, limitOverrides } from './accounts.ts';
import type { Connection } from './database.ts';
import type { Tables } from './schema.ts';

export type ApiKey = {
  readonly id: string;
  readonly accountId: string;
  readonly kind: KeyKind;
  readonly masked: string;
  readonly name: string;
  readonly origins: readonly string[];
  readonly overrides: LimitOverrides;
  /** Of its removals that name none; null leaves it to the setting. */
  readonly quality: Quality | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
};

/** A key that may be used now, with what its account allows. */
export type KeyHolder = {
  readonly keyId: string;
  readonly kind: KeyKind;
  readonly origins: readonly string[];
  /** That it is in use was last written more than a minute ago. */
  readonly isUseStale: boolean;
  readonly keyOverrides: LimitOverrides;
  readonly quality: Quality | null;
  readonly accountId: string;
  readonly plan: PlanName;
  readonly accountOverrides: LimitOverrides;
  readonly isSuspended: boolean;
};

function toApiKey(row: Selectable<Tables['api_keys']>): ApiKey {
  return {
    id: row.id,
    accountId: row.account_id,
    kind: row.kind,
    masked: row.masked,
    name: row.name,
    origins: row.origins,
    overrides: limitOverrides(row),
    quality: row.quality,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
  };
}

export type NewApiKey = Pick<
  ApiKey,
  'accountId' | 'kind' | 'masked' | 'name' | 'origins' | 'overrides' | 'quality' | 'expiresAt'
> & { readonly hash: Buffer };

export async function insertApiKey(db: Connection, key: NewApiKey): Promise<ApiKey> {
  const row = await db
    .insertInto('api_keys')
    .values({
      account_id: key.accountId,
      kind: key.kind,
      hash: key.hash,
      masked: key.masked,
      name: key.name,
      origins: [...key.origins],
      quality: key.quality,
      expires_at: key.expiresAt,
      ...limitColumns(key.overrides),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return toApiKey(row);
}

/** Undefined for a key that is unknown, revoked or expired, or whose account is closed: all are one answer to the caller. */
export async function findKeyHolder(db: Connection, hash: Buffer): Promise<KeyHolder | undefined> {
  const row = await db
    .selectFrom('api_keys as key')
    .innerJoin('accounts as account', 'account.id', 'key.account_id')
    .select([
      'key.id as keyId',
      'key.kind as kind',
      'key.monthly_removals as keyMonthly',
      'key.requests_per_second as keyRate',
      'key.max_file_size as keyFileSize',
      'key.quality as quality',
      'key.origins as origins',
      sql<boolean>`coalesce(key.last_used_at < now() - interval '1 minute', true)`.as('isUseStale'),
      'account.suspended_at as suspendedAt',
      'account.id as accountId',
      'account.plan as plan',
      'account.monthly_removals',
      'account.requests_per_second',
      'account.max_file_size',
    ])
    .where('key.hash', '=', hash)
    .where('key.revoked_at', 'is', null)
    .where('account.closed_at', 'is', null)
    .where((where) => where.or([where('key.expires_at', 'is', null), where('key.expires_at', '>', sql<Date>`now()`)]))
    .executeTakeFirst();
  return (
    row && {
      keyId: row.keyId,
      kind: row.kind,
      origins: row.origins,
      isUseStale: row.isUseStale,
      isSuspended: row.suspendedAt !== null,
      keyOverrides: {
        monthlyRemovals: row.keyMonthly,
        requestsPerSecond: row.keyRate,
        maxFileSize: row.keyFileSize,
      },
      quality: row.quality,
      accountId: row.accountId,
      plan: row.plan,
      accountOverrides: limitOverrides(row),
    }
  );
}

export async function listApiKeys(db: Connection, accountId: string): Promise<ApiKey[]> {
  const rows = await db
    .selectFrom('api_keys')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('created_at')
    .execute();
  return rows.map(toApiKey);
}

/** Those in use. The account is locked to the end of the transaction, so that the number holds as long. */
export async function countLiveApiKeys(tx: Connection, accountId: string): Promise<number> {
  await tx.selectFrom('accounts').select('id').where('id', '=', accountId).forUpdate().execute();
  const { count } = await tx
    .selectFrom('api_keys')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .where('revoked_at', 'is', null)
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', sql<Date>`now()`)]))
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function findApiKey(db: Connection, accountId: string, keyId: string): Promise<ApiKey | undefined> {
  const row = await db
    .selectFrom('api_keys')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', '=', keyId)
    .executeTakeFirst();
  return row && toApiKey(row);
}

export async function noteKeyUse(db: Connection, keyId: string): Promise<void> {
  await db.updateTable('api_keys').set({ last_used_at: sql<Date>`now()` }).where('id', '=', keyId).execute();
}

/** Ends the key after so many hours, unless it ends sooner. */
export async function expireApiKey(db: Connection, accountId: string, keyId: string, hours: number): Promise<void> {
  await db
    .updateTable('api_keys')
    .set({ expires_at: sql<Date>`least(expires_at, now() + ${hours} * interval '1 hour')` })
    .where('account_id', '=', accountId)
    .where('id', '=', keyId)
    .execute();
}

/** Whether there was such a key that was not revoked yet. For the operator, who acts on every account. */
export async function revokeApiKey(db: Connection, key: { id: string } | { hash: Buffer }): Promise<boolean> {
  const result = await db
    .updateTable('api_keys')
    .set({ revoked_at: sql<Date>`now()` })
    .where('revoked_at', 'is', null)
    .where((where) => ('id' in key ? where('id', '=', key.id) : where('hash', '=', key.hash)))
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function revokeKeysOfAccount(db: Connection, accountId: string): Promise<void> {
  await db
    .updateTable('api_keys')
    .set({ revoked_at: sql<Date>`now()` })
    .where('account_id', '=', accountId)
    .where('revoked_at', 'is', null)
    .execute();
}
