/** Whoever changes how an account is signed in to may do it because of somebody who has: all others are signed out. */
import { createAuthMiddleware } from 'better-auth/api';

/** The first also takes the code of a sign-in. */
const OF_SECOND_FACTOR: readonly (string | undefined)[] = ['/two-factor/verify-totp', '/two-factor/disable'];

/** better-auth ends them with the change of a password, in its transaction, where it is asked to. */
export function endOthersWithPassword({ path, body }: { readonly path: string; readonly body?: object }) {
  return path === '/change-password' ? { context: { body: { ...body, revokeOtherSessions: true } } } : undefined;
}

/** After the endpoint: turning a second factor on or off replaces the session, and a sign-in has none to replace. */
export const endOthersWithFactor = createAuthMiddleware(async (ctx) => {
  const { session: replaced, newSession, adapter } = ctx.context;
  if (!OF_SECOND_FACTOR.includes(ctx.path) || !replaced || !newSession) return;
  const { id: userId } = newSession.user;
  const others = [
    { field: 'userId', value: userId },
    { field: 'token', operator: 'ne' as const, value: newSession.session.token },
  ];
  await adapter.deleteMany({ model: 'session', where: others });
  // Browsers that an earlier factor trusts would not be asked for the next one.
  await adapter.deleteMany({ model: 'verification', where: [{ field: 'value', value: userId }] });
});
