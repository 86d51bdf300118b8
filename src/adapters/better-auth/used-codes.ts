/**
 * A code of an authenticator is good once, and none after it that is older: RFC 6238, 5.2. better-auth takes one as often as
 * it comes, for the minute and a half in which it is right.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createAuthMiddleware, getSessionFromCtx } from 'better-auth/api';
import { symmetricDecrypt } from 'better-auth/crypto';

const STEP_MS = 30_000;
/** Of better-auth's codes: the step before the present one and the one after it are taken too. */
const TAKEN = [-1, 0, 1];
/** The cookie of a sign-in whose password was right. */
const COOKIE = 'two_factor';

type Factor = { readonly id: string; readonly secret: string };
type Context = Parameters<typeof getSessionFromCtx>[0];

/** Further columns of better-auth's table of second factors. */
export const USED_CODES = {
  lastStep: { type: 'number', required: false, defaultValue: 0, input: false, returned: false },
} as const;

/** Before the endpoint, for which a code that was used is then a wrong one: it counts as such, and is answered alike. */
export const refuseUsedCode = {
  matcher: ({ path }: { readonly path?: string | undefined }) => path === '/two-factor/verify-totp',
  handler: createAuthMiddleware(async (ctx) => {
    const { code } = (ctx.body ?? {}) as { code?: unknown };
    const userId = await findAsked(ctx);
    if (!userId || typeof code !== 'string') return;
    const { adapter, secretConfig } = ctx.context;
    const where = [{ field: 'userId', value: userId }];
    const factor = await adapter.findOne<Factor>({ model: 'twoFactor', where });
    if (!factor) return;
    const secret = await symmetricDecrypt({ key: secretConfig, data: factor.secret });
    if (!(await useStep(ctx, factor.id, findStep(secret, code))))
      return { context: { body: { ...ctx.body, code: '' } } };
  }),
};

/** Whose code it would be: of whoever is signed in, or has given the password. */
async function findAsked(ctx: Context): Promise<string | undefined> {
  const session = await getSessionFromCtx(ctx);
  if (session) return session.user.id;
  const { name } = ctx.context.createAuthCookie(COOKIE);
  const challenge = await ctx.getSignedCookie(name, ctx.context.secret);
  return challenge ? (await ctx.context.internalAdapter.findVerificationValue(challenge))?.value : undefined;
}

/** In one statement, so that of two who use a step at once one does. */
async function useStep(ctx: Context, factorId: string, step: number | undefined): Promise<boolean> {
  if (step === undefined) return false;
  const where = [
    { field: 'id', value: factorId },
    { field: 'lastStep', operator: 'lt' as const, value: step },
  ];
  const set = { lastStep: step };
  return (await ctx.context.adapter.incrementOne({ model: 'twoFactor', where, increment: {}, set })) !== null;
}

/** The latest step whose code it is. */
function findStep(secret: string, code: string): number | undefined {
  const present = Math.floor(Date.now() / STEP_MS);
  const given = Buffer.from(code);
  return TAKEN.map((offset) => present + offset).findLast((step) => {
    const right = Buffer.from(codeOf(secret, step));
    return right.length === given.length && timingSafeEqual(right, given);
  });
}

/** RFC 4226, 5.3, of six digits. */
function codeOf(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const offset = mac.readUInt8(mac.length - 1) & 0xf;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
