/** What counts as having lost the database. Apart, so that a verb without one does not load its client: 0.1 s. */

/** SQLSTATE classes of a server that is going, gone, starting or full: connection exceptions, shutdown, disk, clients. */
const LOST_STATES = /^(08|57P0[1-5]|53[13]00)/;
const LOST_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);
const LOST_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection/;

/** Whether the statement failed because the database is away, so that the same statement may work later. */
export function isDatabaseLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as Error & { code?: unknown; syscall?: unknown };
  if (typeof code === 'string' && LOST_STATES.test(code)) return true;
  // ENOENT of a missing file is not ENOENT of a missing socket.
  if (typeof code === 'string' && LOST_CODES.has(code)) return code !== 'ENOENT' || syscall === 'connect';
  return LOST_MESSAGES.test(error.message);
}
