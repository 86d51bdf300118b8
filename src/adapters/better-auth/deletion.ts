/** Who may delete a person: better-auth asks for the password or a session of today; an open browser is not enough here. */
import { APIError, createAuthMiddleware, getSessionFromCtx } from 'better-auth/api';

/** Of a person without a password, who has just come from the provider. */
const FRESH_MS = 600_000;

export const guardDeletion = createAuthMiddleware(async (ctx) => {
  if (ctx.path !== '/delete-user') return;
  const session = await getSessionFromCtx(ctx);
  // Told by the endpoint itself.
  if (!session) return;
  const credentials = await ctx.context.internalAdapter.findCredentialAccount(session.user.id);
  if (credentials?.password) {
    // Whether it is right is asked by the endpoint.
    if (ctx.body?.password) return;
    throw new APIError('BAD_REQUEST', { code: 'PASSWORD_REQUIRED', message: 'The password is needed.' });
  }
  if (Date.now() - new Date(session.session.createdAt).getTime() < FRESH_MS) return;
  throw new APIError('FORBIDDEN', { code: 'SESSION_NOT_FRESH', message: 'Sign out and in again first.' });
});
