/** The migrations of a version to come: those of this one, and one more, of every kind that may be. */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MIGRATIONS_DIR } from '../../src/store/migrate.ts';

const NEXT = `
alter table jobs add column colour text;
alter table jobs add column is_urgent boolean not null default false;
alter table accounts add column region text not null default 'here';
alter table workers add column gpu text;
create table regions (name text primary key, note text not null);
insert into regions values ('here', 'where everything was before');
create index jobs_by_colour on jobs (colour) where colour is not null;
`;

export async function makeNextVersion() {
  const folder = await mkdtemp(path.join(tmpdir(), 'remuvr-next-'));
  const migration = '9998-next';
  await cp(MIGRATIONS_DIR, folder, { recursive: true });
  await writeFile(path.join(folder, `${migration}.sql`), NEXT);
  return { folder, migration, dispose: () => rm(folder, { recursive: true, force: true }) };
}
