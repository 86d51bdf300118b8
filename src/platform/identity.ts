/** Constructs what knows who is signed in, and what writes to them. */
import { type Config, identityProviders } from '../config.ts';
import type { Identity } from '../ports/identity.ts';
import type { Mailer } from '../ports/mailer.ts';
import type { DatabaseContext, Log } from '../services/context.ts';
import { readRootSecret } from './secrets.ts';

/** Who is signed in. `publicUrl` is where the links of mails lead. */
export async function openIdentity(
  config: Config,
  ctx: DatabaseContext,
  log: Log,
  publicUrl: string,
): Promise<Identity> {
  const [{ createBetterAuth }, { closeAccount }] = await Promise.all([
    import('../adapters/better-auth.ts'),
    import('../services/close-account.ts'),
  ]);
  return createBetterAuth({
    db: ctx.database,
    secret: await readRootSecret(config),
    publicUrl,
    mailer: await openMailer(config, log),
    providers: identityProviders(config),
    closeAccount: (personId) => closeAccount({ ctx, personId }),
    log: (level, message) => log[level]({}, message),
  });
}

export async function openMailer({ SMTP_URL, MAIL_FROM }: Config, log: Log): Promise<Mailer> {
  if (SMTP_URL !== undefined) {
    const { createSmtpMailer } = await import('../adapters/smtp-mailer.ts');
    return createSmtpMailer({ url: SMTP_URL, from: MAIL_FROM });
  }
  const { createLogMailer } = await import('../adapters/log-mailer.ts');
  return createLogMailer((fields, message) => log.warn(fields, message));
}
