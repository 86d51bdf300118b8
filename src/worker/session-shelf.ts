/** The sessions that a child process keeps open: a few, and the one that was used longest ago makes room. */
import type { Precision } from '../domain/precision.ts';
import type { InferenceSession } from '../ports/inference-session.ts';

export type SessionKind = { readonly precision: Precision; readonly threads: number };

export interface SessionShelf {
  /** Opened on its first use. Valid until two others have been taken. */
  take(kind: SessionKind): Promise<InferenceSession>;
}

/** Each session of the default model takes 0.4 GB, 0.9 in single precision: two serve a change of load, or of quality. */
const MOST_SESSIONS = 2;

export function createSessionShelf(open: (kind: SessionKind) => Promise<InferenceSession>): SessionShelf {
  /** In the order of their last use. */
  const sessions = new Map<string, InferenceSession>();

  const makeRoom = async (): Promise<void> => {
    const [oldest] = sessions;
    if (!oldest || sessions.size < MOST_SESSIONS) return;
    sessions.delete(oldest[0]);
    await oldest[1].close();
  };

  return {
    async take(kind) {
      const key = `${kind.precision} ${kind.threads}`;
      const kept = sessions.get(key);
      sessions.delete(key);
      if (!kept) await makeRoom();
      const session = kept ?? (await open(kind));
      sessions.set(key, session);
      return session;
    },
  };
}
