/** The database on its way from one version to the next, with both of them at work. */
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OwnPostgres, openOwnPostgres } from '../../src/adapters/own-postgres.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { MIGRATIONS_DIR, migrateDatabase } from '../../src/store/migrate.ts';
import { findHazards, LAST_OF_FIRST_RELEASE } from '../helpers/migration-rule.ts';
import { makeNextVersion } from '../helpers/next-version.ts';

let folder: string;
let postgres: OwnPostgres;
const databases: Database[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'remuvr-migrations-'));
  postgres = await openOwnPostgres({ dataDir: folder, role: 'command', log: () => {} });
});
afterAll(async () => {
  for (const database of databases) await database.destroy();
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
});

function connect(): Database {
  const { connectionString } = postgres;
  const database = openDatabase({ connectionString, maxConnections: 2, onLost: () => {} });
  databases.push(database);
  return database;
}

const listFiles = async (): Promise<string[]> =>
  (await readdir(MIGRATIONS_DIR)).map((name) => name.replace(/\.sql$/, '')).sort();

const listApplied = async (database: Database): Promise<string[]> =>
  (await sql<{ name: string }>`select name from kysely_migration order by name`.execute(database)).rows.map(
    ({ name }) => name,
  );

test('ten that start at once on an empty database apply each migration once, and all of them come up', async () => {
  const ten = Array.from({ length: 10 }, connect);
  const applied = await Promise.all(ten.map((database) => migrateDatabase(database)));
  expect(applied.flat().sort()).toEqual(await listFiles());
  for (const database of ten) expect(await database.selectFrom('accounts').selectAll().execute()).toEqual([]);
});

test('a version that starts on the database of a newer one changes nothing, and works on', async () => {
  const [database] = databases;
  if (!database) throw new Error('ten were opened');
  const next = await makeNextVersion();
  expect(await migrateDatabase(database, next.folder)).toEqual([next.migration]);
  expect(await migrateDatabase(database)).toEqual([]);
  expect(await listApplied(database)).toEqual([...(await listFiles()), next.migration]);
  await next.dispose();
});

test('a migration that fails leaves nothing behind, and the next try begins anew', async () => {
  const database = connect();
  const broken = await mkdtemp(path.join(tmpdir(), 'remuvr-migrations-'));
  await cp(MIGRATIONS_DIR, broken, { recursive: true });
  const before = await listApplied(database);
  await writeFile(path.join(broken, '9999-broken.sql'), 'create table half (id integer);\nselect 1 / 0;\n');
  await expect(migrateDatabase(database, broken)).rejects.toThrow('division by zero');
  expect(await listApplied(database)).toEqual(before);
  expect((await sql`select to_regclass('half') as half`.execute(database)).rows).toEqual([{ half: null }]);
  await writeFile(path.join(broken, '9999-broken.sql'), 'create table half (id integer);\n');
  expect(await migrateDatabase(database, broken)).toEqual(['9999-broken']);
  await rm(broken, { recursive: true, force: true });
});

test('no migration takes from the version before it what that one reads or writes', async () => {
  const hazards = await findHazards(MIGRATIONS_DIR);
  expect(hazards.filter(({ file }) => file > LAST_OF_FIRST_RELEASE)).toEqual([]);
});

test.each([
  'drop table jobs;',
  'alter table jobs drop column plan;',
  'alter table jobs rename column plan to tariff;',
  'alter table jobs rename to removals;',
  'alter table jobs alter column attempt type bigint;',
  'alter table jobs alter column result_name set not null;',
  'alter table jobs add column colour text not null;',
  'alter table jobs add check (attempt < 9);',
  'alter table jobs add constraint few check (attempt < 9);',
  'create unique index one_name on jobs (plan);',
  'ALTER TABLE jobs\n  ADD COLUMN a integer,\n  DROP COLUMN plan;',
  'drop function ledger_text;',
  'truncate jobs;',
])('the rule sees that it would: %s', async (statement) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'remuvr-migrations-'));
  await writeFile(path.join(dir, '9999-next.sql'), `-- Nothing to drop here.\n${statement}\n`);
  expect(await findHazards(dir)).toHaveLength(1);
  await rm(dir, { recursive: true, force: true });
});
