/** Mails by SMTP, through nodemailer. */
import { createTransport } from 'nodemailer';
import type { Mail, Mailer } from '../ports/mailer.ts';

const TIMEOUT_MS = 10_000;

export function createSmtpMailer(options: { readonly url: string; readonly from: string }): Mailer {
  const transport = createTransport(
    {
      url: options.url,
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      // A text names no file to attach and no address to fetch.
      disableFileAccess: true,
      disableUrlAccess: true,
    },
    { from: options.from },
  );
  return {
    async send({ to, subject, text, link }: Mail): Promise<void> {
      await transport.sendMail({ to, subject, text: link === undefined ? text : `${text}\n\n${link}\n` });
    },
  };
}
