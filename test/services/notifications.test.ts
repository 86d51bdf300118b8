/** The listening connection is lost, as at a restart of PostgreSQL: whoever listens looks again, and hears what comes. */
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { JOB_ENDED, type Notifications, notify, openNotifications } from '../../src/store/notifications.ts';
import { openTestContext, type TestContext } from '../helpers/database.ts';
import { until } from '../helpers/server.ts';

let opened: TestContext;
let notifications: Notifications;
const errors: Error[] = [];
beforeEach(async () => {
  opened = await openTestContext();
  notifications = await openNotifications(opened.ctx.database.connectionString, (error) => errors.push(error));
});
afterEach(async () => {
  await notifications.close();
  await opened.close();
});

test('a listener whose connection was cut is told to look again, and hears the next notification once', async () => {
  const { database } = opened.ctx;
  const heard: (string | undefined)[] = [];
  notifications.subscribe(JOB_ENDED, (payload) => heard.push(payload));
  await notify(database, JOB_ENDED, 'first');
  await until('the first is heard', async () => heard.length === 1);
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'remuvr-listen' order by backend_start desc limit 1`.execute(database);
  await until('it is told to look again', async () => heard.includes(undefined));
  await notify(database, JOB_ENDED, 'second');
  await until('the second is heard', async () => heard.includes('second'));
  expect(heard).toEqual(['first', undefined, 'second']);
  expect(errors.map(({ message }) => message)).toEqual(['terminating connection due to administrator command']);
});

test('one that is closed while it comes back leaves no connection, which would keep its process from its end', async () => {
  const { database } = opened.ctx;
  const { connectionString } = database;
  const closed = new Promise<void>((resolve, reject) => {
    const opening = openNotifications(connectionString, () => {
      setImmediate(() => void opening.then((lost) => lost.close()).then(resolve, reject));
    });
    opening
      .then(async () => {
        await sql`select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'remuvr-listen' order by backend_start desc limit 1`.execute(database);
      })
      .catch(reject);
  });
  await closed;
  const listening = new Set<number>();
  for (let look = 0; look < 100; look++) {
    const { rows } = await sql<{ count: number }>`select count(*) from pg_stat_activity
      where application_name = 'remuvr-listen'`.execute(database);
    listening.add(rows[0]?.count ?? 0);
  }
  // That of the context, and the one of this file.
  expect([...listening]).toEqual([2]);
});
