/** A request that is sent again under its key gets what the first one began. */
import { RemuvrError } from '../domain/errors.ts';
import type { Database } from '../store/database.ts';
import { findIdempotencyKey, type IdempotencyClaim } from '../store/idempotency-keys.ts';
import type { Caller } from './authenticate-caller.ts';
import type { ServiceContext } from './context.ts';

export type Idempotency = Omit<IdempotencyClaim, 'accountId'>;

type Request = {
  readonly ctx: ServiceContext;
  readonly caller: Caller;
  readonly idempotency?: Idempotency | undefined;
};
type Find<T> = (database: Database, accountId: string, id: string) => Promise<T | undefined>;

/** Undefined for the first request, and for one without a key. Throws `idempotency_conflict` where the body is another. */
export async function findFirst<T>({ ctx, caller, idempotency }: Request, find: Find<T>): Promise<T | undefined> {
  const { accountId } = caller;
  const known = idempotency && (await findIdempotencyKey(ctx.database, { ...idempotency, accountId }));
  if (!known) return undefined;
  if (!known.fingerprint.equals(idempotency.fingerprint)) throw new RemuvrError('idempotency_conflict');
  const first = await find(ctx.database, accountId, known.jobId);
  if (!first) throw new RemuvrError('gone');
  return first;
}

/** For one that lost the key to another request, which was faster by less than a transaction. */
export async function demandFirst<T>(request: Request, find: Find<T>): Promise<T> {
  const first = await findFirst(request, find);
  if (!first) throw new RemuvrError('overloaded', undefined, { retryAfterSeconds: 1 });
  return first;
}
