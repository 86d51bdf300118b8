/**
 * A session is stored under the SHA-256 of its token: who reads the database can sign in as nobody by it, not even with the
 * secret that signs cookies. A token is 32 random letters and digits, so there is nothing for a salt to do.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import type { BetterAuthPlugin } from 'better-auth';
import type { DBAdapter, Where } from 'better-auth/adapters';

/** No token holds a colon: what begins so is never taken for one, or a hash that was read would be as good as its token. */
const MARK = 'sha256:';
const METHODS = [
  'create',
  'findOne',
  'findMany',
  'count',
  'update',
  'updateMany',
  'delete',
  'deleteMany',
  'consumeOne',
  'incrementOne',
] as const;
const OPERATORS = { eq: 'in', in: 'in', ne: 'not_in', not_in: 'not_in' } as const;

type Row = Record<string, unknown>;
type Query = { readonly model: string; readonly where?: Where[]; readonly data?: Row; readonly update?: Row };
type Calls = Record<(typeof METHODS)[number], (query: Query) => Promise<unknown>>;
type Transaction = Pick<DBAdapter, 'transaction'>['transaction'];

/** What one request calls each session that it has told or was told: the token, or where it knows none, the hash. */
type Names = Map<string, string>;
const requests = new AsyncLocalStorage<Names>();

/** better-auth ends the sessions of a list by their tokens, all but the one whose token is the cookie's. */
export const rememberTokens = async <T>(request: () => Promise<T>): Promise<T> =>
  await requests.run(new Map(), request);

export const hashToken = (token: string): string => MARK + createHash('sha256').update(token).digest('hex');

export function createTokenHashing(): BetterAuthPlugin {
  return {
    id: 'token-hashing',
    // In place: better-auth knows by the object itself whether it has compared the tables with what it expects.
    init: ({ adapter }) => {
      hashIn(adapter as unknown as Calls);
      const begin = adapter.transaction.bind(adapter) as Transaction;
      adapter.transaction = async (run) =>
        await begin(async (tx) => await run(hashIn(tx as unknown as Calls) as never));
    },
  };
}

function hashIn(adapter: Calls): Calls {
  for (const method of METHODS) {
    const call = adapter[method].bind(adapter);
    adapter[method] = async (query) => {
      if (query.model !== 'session') return await call(query);
      const names = requests.getStore() ?? new Map();
      const answer = await call(toStored(query, names));
      return Array.isArray(answer) ? answer.map((row) => toTold(row, names)) : toTold(answer, names);
    };
  }
  return adapter;
}

function toStored(query: Query, names: Names): Query {
  const seal = (row: Row): Row =>
    typeof row.token === 'string' ? { ...row, token: rememberHash(row.token, names) } : row;
  return {
    ...query,
    ...(query.where && { where: query.where.map((condition) => hashCondition(condition, names)) }),
    ...(query.data && { data: seal(query.data) }),
    ...(query.update && { update: seal(query.update) }),
  };
}

function hashCondition(condition: Where, names: Names): Where {
  if (condition.field !== 'token') return condition;
  const operator = OPERATORS[(condition.operator ?? 'eq') as keyof typeof OPERATORS];
  if (!operator) throw new Error(`no session is found by ${condition.operator} of its token`);
  const tokens = [condition.value].flat().map(String);
  return { ...condition, operator, value: tokens.flatMap((token) => findForms(token, names)) };
}

/** Under what the session may be stored. A version before 0014, which may run beside this one, stores the token itself. */
function findForms(token: string, names: Names): string[] {
  if (names.get(token) === token) return [token];
  const hash = rememberHash(token, names);
  return token.startsWith(MARK) ? [hash] : [hash, token];
}

function rememberHash(token: string, names: Names): string {
  const hash = hashToken(token);
  names.set(hash, token);
  return hash;
}

function toTold(row: unknown, names: Names): unknown {
  const { token } = (row ?? {}) as Row;
  if (typeof token !== 'string' || !token.startsWith(MARK)) return row;
  const name = names.get(token) ?? token;
  names.set(token, name);
  return { ...(row as Row), token: name };
}
