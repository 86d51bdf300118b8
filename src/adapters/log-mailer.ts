/** The mailer of a server without SMTP: whoever reads its log follows the link there. */
import type { Mail, Mailer } from '../ports/mailer.ts';

export function createLogMailer(log: (fields: object, message: string) => void): Mailer {
  return {
    async send({ name, to, link }: Mail): Promise<void> {
      log({ mail: name, to, link }, 'no SMTP_URL is set, so this mail is not sent');
    },
  };
}
