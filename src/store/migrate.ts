/** Brings the database to this version: numbered files, never edited once released, safe when several start at once. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Migration, Migrator, sql } from 'kysely';
import type { Database } from './database.ts';

export const MIGRATIONS_DIR = fileURLToPath(new URL('./migrations/', import.meta.url));

async function readMigrations(folder: string): Promise<Record<string, Migration>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const entries = names.map(async (name): Promise<[string, Migration]> => {
    const text = await readFile(path.join(folder, name), 'utf8');
    return [name.replace(/\.sql$/, ''), { up: async (db) => void (await sql.raw(text).execute(db)) }];
  });
  return Object.fromEntries(await Promise.all(entries));
}

/**
 * What a newer version beside this one has applied stands as if it were ours: while one version gives way to the next, this
 * one may still be started.
 */
async function readApplied(database: Database): Promise<Record<string, Migration>> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(database);
  return Object.fromEntries(rows.map(({ name }) => [name, { up: async () => {} }]));
}

/** The names of the migrations that were applied now. Kysely's migrator holds a lock meanwhile, and asks for them under it. */
export async function migrateDatabase(database: Database, folder: string = MIGRATIONS_DIR): Promise<string[]> {
  const getMigrations = async () => ({ ...(await readApplied(database)), ...(await readMigrations(folder)) });
  const migrator = new Migrator({ db: database, provider: { getMigrations } });
  const { error, results } = await migrator.migrateToLatest();
  if (error) throw error;
  return (results ?? []).filter((r) => r.status === 'Success').map((r) => r.migrationName);
}
