/**
 * LISTEN and NOTIFY: how a waiting worker or request hears of a change at once, in any process.
 * A notification is a hint and can be lost with its connection: every listener looks again after `onReconnect`.
 */
import { sql } from 'kysely';
import pg from 'pg';
import type { Connection } from './database.ts';

/** A job waits. No payload. */
export const JOB_QUEUED = 'remuvr_job_queued';
/** A job has ended. The payload is its id. */
export const JOB_ENDED = 'remuvr_job_ended';
/** A job that a worker has begun has come to its next step. The payload is its id, a space, and the step. */
export const JOB_STEP = 'remuvr_job_step';
/** A message to a caller's server is due. No payload. */
export const WEBHOOK_DUE = 'remuvr_webhook_due';
const CHANNELS = [JOB_QUEUED, JOB_ENDED, JOB_STEP, WEBHOOK_DUE] as const;
type Channel = (typeof CHANNELS)[number];

/** Inside a transaction it is sent with the commit. */
export async function notify(db: Connection, channel: Channel, payload: string): Promise<void> {
  await sql`select pg_notify(${channel}, ${payload})`.execute(db);
}

/** The name of its connection, as PostgreSQL shows it. */
export const LISTENER = 'remuvr-listen';

export interface Notifications {
  /** `listener` also runs, with undefined, after the connection was lost and is back. Returns the unsubscription. */
  subscribe(channel: Channel, listener: (payload: string | undefined) => void): () => void;
  close(): Promise<void>;
}

const RECONNECT_MS = 250;
/** A proxy may take a connection and say nothing for ever. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A connection that broke without a word shows itself when it is used. */
const PROBE_MS = 10_000;

/** Keeps one connection of its own, for as long as the process lives. Rejects only where the first connection fails. */
export async function openNotifications(connectionString: string, onError: (e: Error) => void): Promise<Notifications> {
  const listeners = new Map<string, Set<(payload: string | undefined) => void>>(
    CHANNELS.map((channel) => [channel, new Set()]),
  );
  let client: pg.Client | undefined;
  let isClosed = false;
  let reconnecting: Promise<void> | undefined;

  const connect = async (): Promise<void> => {
    const next = new pg.Client({
      connectionString,
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      application_name: LISTENER,
    });
    let isLost = false;
    const onLost = (error?: Error): void => {
      if (isLost) return;
      isLost = true;
      if (error) onError(error);
      if (client === next) reconnecting = reconnect();
    };
    next.on('error', onLost);
    next.on('end', () => onLost());
    next.on('notification', ({ channel, payload }) => {
      for (const listener of listeners.get(channel) ?? []) listener(payload ?? '');
    });
    await next.connect();
    for (const channel of listeners.keys()) await next.query(`listen ${channel}`);
    client = next;
  };

  const reconnect = async (): Promise<void> => {
    client = undefined;
    while (!isClosed) {
      try {
        await connect();
        for (const set of listeners.values()) for (const listener of set) listener(undefined);
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
      }
    }
  };

  await connect();
  const probe = setInterval(() => void client?.query('select 1').catch(() => {}), PROBE_MS);
  probe.unref();

  return {
    subscribe(channel, listener) {
      listeners.get(channel)?.add(listener);
      return () => void listeners.get(channel)?.delete(listener);
    },
    async close() {
      isClosed = true;
      clearInterval(probe);
      // One that comes back meanwhile would keep the process from its end.
      await reconnecting;
      await client?.end().catch(() => {});
    },
  };
}
