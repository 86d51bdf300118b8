/** An account's own presets: parameters of edits under a name, as they were given. */
import { sql } from 'kysely';
import type { OwnPreset, PresetParameters } from '../domain/presets.ts';
import type { Connection } from './database.ts';

export async function listPresets(db: Connection, accountId: string): Promise<OwnPreset[]> {
  const rows = await db
    .selectFrom('presets')
    .select(['name', 'parameters', 'updated_at'])
    .where('account_id', '=', accountId)
    .orderBy('name')
    .execute();
  return rows.map(({ name, parameters, updated_at: updatedAt }) => ({ name, parameters, updatedAt }));
}

export async function findPreset(
  db: Connection,
  accountId: string,
  name: string,
): Promise<PresetParameters | undefined> {
  const row = await db
    .selectFrom('presets')
    .select('parameters')
    .where('account_id', '=', accountId)
    .where('name', '=', name)
    .executeTakeFirst();
  return row?.parameters;
}

/** Made or changed. False where the account has `limit` others already; two at once may come to one more. */
export async function savePreset(
  db: Connection,
  accountId: string,
  { name, parameters }: Pick<OwnPreset, 'name' | 'parameters'>,
  limit: number,
): Promise<boolean> {
  const others = await db
    .selectFrom('presets')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .where('name', '<>', name)
    .executeTakeFirstOrThrow();
  if (others.count >= limit) return false;
  const text = JSON.stringify(parameters);
  await db
    .insertInto('presets')
    .values({ account_id: accountId, name, parameters: text })
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'name']).doUpdateSet({ parameters: text, updated_at: sql<Date>`now()` }),
    )
    .execute();
  return true;
}

export async function deletePreset(db: Connection, accountId: string, name: string): Promise<boolean> {
  const result = await db
    .deleteFrom('presets')
    .where('account_id', '=', accountId)
    .where('name', '=', name)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}
