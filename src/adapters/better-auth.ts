/** Who is signed in, by better-auth on our PostgreSQL: passwords, sessions, second factors, Google and GitHub. */
import { type BetterAuthOptions, betterAuth } from 'better-auth';
import { APIError, createAuthMiddleware } from 'better-auth/api';
import { ADDRESS_HEADER, type Identity, type NewPerson, type Person } from '../ports/identity.ts';
import type { Mailer } from '../ports/mailer.ts';
import { guardDeletion } from './better-auth/deletion.ts';
import { createDevices } from './better-auth/devices.ts';
import { composeMails } from './better-auth/mails.ts';
import { endOthersWithFactor, endOthersWithPassword } from './better-auth/other-sessions.ts';
import { createSecondFactor, leadToCodePage } from './better-auth/second-factor.ts';
import { createTokenHashing, rememberTokens } from './better-auth/session-tokens.ts';
import { guardTexts } from './better-auth/texts.ts';
import { withoutTokens } from './better-auth/without-tokens.ts';

type Provider = { readonly clientId: string; readonly clientSecret: string };

export type BetterAuthParts = {
  /** The Kysely of the store; the tables lie in its schema `remuvr_auth`. */
  readonly db: unknown;
  readonly secret: string;
  readonly publicUrl: string;
  readonly mailer: Mailer;
  readonly providers: { readonly google?: Provider; readonly github?: Provider };
  /** Runs before the person is deleted, and after: a request in between may have made another account. */
  readonly closeAccount: (personId: string) => Promise<void>;
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void;
};

export function createBetterAuth(parts: BetterAuthParts): Identity {
  const auth = betterAuth(describe(parts));
  return {
    ...createDevices(parts.secret),
    async answer(request) {
      const answer = await rememberTokens(async () => await auth.handler(request));
      return await withoutTokens(await leadToCodePage(request, answer));
    },
    async findSession(given) {
      const { headers, response } = await auth.api.getSession({ headers: given, returnHeaders: true });
      return response ? { person: toPerson(response.user), cookies: headers.getSetCookie() } : undefined;
    },
    hasSession: async (headers) => (await auth.api.getSession({ headers, query: { disableRefresh: true } })) !== null,
    createPerson: async (person) => await createPerson(auth, person),
  };
}

/** `twoFactorEnabled` is the plugin's, and of a type that the plain options do not know. */
type UserRow = { id: string; email: string; name: string; emailVerified: boolean; twoFactorEnabled?: boolean | null };

const toPerson = (user: UserRow): Person => ({
  id: user.id,
  email: user.email,
  name: user.name,
  isEmailVerified: user.emailVerified,
  hasTwoFactor: user.twoFactorEnabled === true,
});

async function createPerson(
  auth: ReturnType<typeof betterAuth>,
  { email: given, name, password }: NewPerson,
): Promise<Person | undefined> {
  const { internalAdapter, password: hashing } = await auth.$context;
  const email = given.toLowerCase();
  if (await internalAdapter.findUserByEmail(email)) return undefined;
  const user = await internalAdapter.createUser({ email, name, emailVerified: true }, { method: 'email-password' });
  const hash = await hashing.hash(password);
  await internalAdapter.linkAccount({ userId: user.id, providerId: 'credential', accountId: user.id, password: hash });
  return toPerson(user);
}

/** Not every provider has checked the address that it tells; where it has not, a mail does. */
function demandVerification({
  google,
  github,
}: BetterAuthParts['providers']): BetterAuthOptions['socialProviders'] & object {
  const requireEmailVerification = true;
  return {
    ...(google && { google: { ...google, requireEmailVerification } }),
    ...(github && { github: { ...github, requireEmailVerification } }),
  };
}

const before = createAuthMiddleware(async (ctx) => {
  await guardTexts(ctx);
  await guardDeletion(ctx);
  return endOthersWithPassword(ctx);
});

/** A provider is asked who somebody is as they sign in, and for nothing afterwards. */
const dropTokens = async () => ({ data: { accessToken: null, refreshToken: null, idToken: null } });

function describe(parts: BetterAuthParts): BetterAuthOptions {
  const { db, secret, publicUrl, mailer, providers, closeAccount, log } = parts;
  const mails = composeMails(mailer, (error) => log('error', `a mail could not be sent: ${String(error)}`));
  return {
    appName: 'Remuvr',
    baseURL: publicUrl,
    basePath: '/api/auth',
    secret,
    database: { db, type: 'postgres', schemaName: 'remuvr_auth', transaction: true } as BetterAuthOptions['database'] &
      object,
    emailAndPassword: {
      enabled: true,
      // Also what makes the sign-up of a known address answer like that of a new one.
      requireEmailVerification: true,
      revokeSessionsOnPasswordReset: true,
      sendResetPassword: mails.resetPassword,
      onExistingUserSignUp: mails.alreadyRegistered,
    },
    emailVerification: {
      sendOnSignUp: true,
      sendOnSignIn: true,
      // Else the link of somebody else's account, in a mail of theirs, would sign its reader in to that account.
      autoSignInAfterVerification: false,
      sendVerificationEmail: mails.verifyEmail,
    },
    user: {
      changeEmail: { enabled: true, sendChangeEmailConfirmation: mails.confirmNewEmail },
      deleteUser: {
        enabled: true,
        beforeDelete: async ({ id }) => await closeAccount(id),
        afterDelete: async ({ id }) => await closeAccount(id),
      },
    },
    verification: { storeIdentifier: 'hashed' },
    // A provider's word for an address opens no account that was made without that provider.
    account: { accountLinking: { disableImplicitLinking: true } },
    databaseHooks: { account: { create: { before: dropTokens }, update: { before: dropTokens } } },
    socialProviders: demandVerification(providers),
    plugins: [createSecondFactor(), createTokenHashing()],
    hooks: { before, after: endOthersWithFactor },
    // A list of one's sessions needs no fresh one; what does is guarded by `guardDeletion`.
    session: { freshAge: 0 },
    // What they do takes the provider's own tokens.
    disabledPaths: ['/get-access-token', '/refresh-token', '/account-info'],
    // Requests are slowed before they come here, by sender and by address.
    rateLimit: { enabled: false },
    advanced: {
      cookiePrefix: 'remuvr',
      useSecureCookies: publicUrl.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
    },
    onAPIError: {
      // Where a sign-in by a provider ends that nothing is known of any more; better-auth's own page is not of ours.
      errorURL: '/sign-in',
      onError: (error) => {
        const isExpected = error instanceof APIError && error.status !== 'INTERNAL_SERVER_ERROR';
        if (!isExpected) log('error', `a request about signing in failed: ${String(error)}`);
      },
    },
    telemetry: { enabled: false },
    logger: { level: 'warn', log: (level, message) => log(level === 'debug' ? 'info' : level, message) },
  };
}
