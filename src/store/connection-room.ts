import { sql } from 'kysely';
import type { ConnectionRoom } from '../domain/connection-room.ts';
import type { Connection } from './database.ts';
import { LISTENER } from './notifications.ts';

/**
 * Each server and each worker has one connection that listens. The setting of the reserved ones came with PostgreSQL 16;
 * of sessions of other roles the kind is not shown.
 */
export async function readConnectionRoom(db: Connection): Promise<ConnectionRoom> {
  const { rows } = await sql<ConnectionRoom>`
    select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0) as places,
      count(*) filter (where is_own and application_name = ${LISTENER}) as processes,
      count(*) filter (where not is_own) as others
    from (
      select application_name, datname = current_database() and application_name like 'remuvr%' as is_own
      from pg_stat_activity
      where usesysid is not null and datid is not null and coalesce(backend_type, 'client backend') = 'client backend'
    ) as clients`.execute(db);
  const [room] = rows;
  if (!room) throw new Error('the database told nothing of its connections');
  return room;
}
