/** The secrets by which an account's webhooks are signed. One in clear is answered once, when it is made. */
import { randomBytes } from 'node:crypto';
import { RemuvrError } from '../domain/errors.ts';
import { MAX_SECRETS } from '../domain/webhook.ts';
import { findAccountByName } from '../store/accounts.ts';
import {
  expireWebhookSecrets,
  insertWebhookSecret,
  listWebhookSecrets,
  lockWebhookSecrets,
  type SealedSecret,
} from '../store/webhook-secrets.ts';
import type { DatabaseContext, SecretContext } from './context.ts';
import { composeWebhookSecret } from './sign-webhook.ts';

/** Standard Webhooks asks for 24 to 64. */
const BYTES = 32;

export type WebhookSecret = Omit<SealedSecret, 'sealed'>;

/** Those that sign now, the newest first. */
export async function describeWebhookSecrets(input: {
  ctx: DatabaseContext;
  accountId: string;
}): Promise<WebhookSecret[]> {
  const secrets = await listWebhookSecrets(input.ctx.database, input.accountId);
  return secrets.map(({ id, createdAt, expiresAt }) => ({ id, createdAt, expiresAt }));
}

/** A new one, which signs from now on; those before it sign along for so many hours. 0 ends them at once. */
export async function rotateWebhookSecret(input: {
  ctx: SecretContext;
  accountId: string;
  overlapHours: number;
}): Promise<string> {
  const { ctx, accountId, overlapHours } = input;
  const secret = composeWebhookSecret(randomBytes(BYTES));
  const sealed = (await ctx.secretBox()).seal(secret, accountId);
  await ctx.database.transaction().execute(async (tx) => {
    await lockWebhookSecrets(tx, accountId);
    await expireWebhookSecrets(tx, accountId, overlapHours);
    if ((await listWebhookSecrets(tx, accountId)).length >= MAX_SECRETS) throw tooMany();
    await insertWebhookSecret(tx, accountId, sealed);
  });
  return secret;
}

/** For an account that nobody signs in to. Undefined where there is none of that name. */
export async function rotateSecretByName(input: {
  ctx: SecretContext;
  name: string;
  overlapHours: number;
}): Promise<string | undefined> {
  const { ctx, name, overlapHours } = input;
  const account = await findAccountByName(ctx.database, name);
  return account && (await rotateWebhookSecret({ ctx, accountId: account.id, overlapHours }));
}

const tooMany = (): RemuvrError =>
  new RemuvrError(
    'invalid_parameter',
    `At most ${MAX_SECRETS} secrets sign at one time. Wait until one has run out, or rotate without an overlap.`,
  );

/** Empty where none can be read, because the secret of the installation is another one than it was. */
export async function openSigningSecrets(ctx: SecretContext, accountId: string): Promise<string[]> {
  const box = await ctx.secretBox();
  const known = await listWebhookSecrets(ctx.database, accountId);
  if (known.length === 0) {
    // Nobody has seen it: it is there so that no message goes out unsigned.
    const sealed = box.seal(composeWebhookSecret(randomBytes(BYTES)), accountId);
    await insertWebhookSecret(ctx.database, accountId, sealed);
  }
  const secrets = known.length > 0 ? known : await listWebhookSecrets(ctx.database, accountId);
  return secrets.flatMap(({ sealed }) => box.open(sealed, accountId) ?? []);
}
