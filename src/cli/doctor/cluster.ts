/** The findings that the database is asked for. */
import { CONNECTIONS_OF_PROCESS, connectionsNeeded, hasConnectionRoom } from '../../domain/connection-room.ts';
import type { Storage } from '../../ports/storage.ts';
import { auditLedger, countFindings } from '../../services/audit-ledger.ts';
import type { DatabaseContext } from '../../services/context.ts';
import { countHands, findConnectionRoom } from '../../services/examine-cluster.ts';
import { checkStorageMark } from '../../services/storage-mark.ts';

export async function examineLedger(ctx: DatabaseContext, place: string): Promise<string> {
  const report = await auditLedger({ ctx });
  if (countFindings(report) > 0) throw new Error('The ledger disagrees with the accounts; see: remuvr audit');
  return `${place} answers, ${report.entries} ledger entries agree`;
}

export async function examineConnections(ctx: DatabaseContext): Promise<string> {
  const room = await findConnectionRoom(ctx);
  const { places, processes, others } = room;
  const needed = `${processes} ${processes === 1 ? 'process takes' : 'processes take'} ${connectionsNeeded(room)} at most`;
  const had = `the database has ${places} places, ${others} of them taken by other programs`;
  if (hasConnectionRoom(room)) return `${needed}, and ${had}`;
  throw new Error(
    `Room for connections is short: ${needed}, and ${had}. Raise max_connections by ${CONNECTIONS_OF_PROCESS} for each server and worker, or run fewer of them.`,
  );
}

export async function examineWorkers(ctx: DatabaseContext): Promise<string> {
  const { ready, unended } = await countHands(ctx);
  const waiting = `${unended} ${unended === 1 ? 'job has' : 'jobs have'} not ended`;
  if (ready === 0 && unended > 0) {
    const { processes } = await findConnectionRoom(ctx);
    if (processes === 0)
      return `nothing runs, ${unended} ${unended === 1 ? 'job waits' : 'jobs wait'} for the next start`;
    throw new Error(
      `${waiting} and no worker takes any: start one by remuvr worker, or the server without --no-worker; where one should be, see its log.`,
    );
  }
  return `${ready || 'no'} ${ready === 1 ? 'worker takes' : 'workers take'} jobs, ${waiting}`;
}

export async function examineMark(ctx: DatabaseContext, storage: Storage): Promise<string> {
  const kind = await checkStorageMark({ ...ctx, storage });
  return kind === 'own' ? 'the storage is that of this database' : 'the storage has none yet; the next start marks it';
}
