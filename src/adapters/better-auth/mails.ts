/** The mails of signing in. None is waited for: an answer's time must not tell whether there was a mail. */
import type { Mailer } from '../../ports/mailer.ts';

type Reader = { readonly email: string; readonly name: string };
type Linked = { readonly user: Reader; readonly url: string };

export function composeMails(mailer: Mailer, onFailure: (error: unknown) => void) {
  const send = (name: string, to: string, subject: string, text: string, link?: string): void => {
    mailer.send({ name, to, subject, text, link }).catch(onFailure);
  };
  return {
    async verifyEmail({ user, url }: Linked): Promise<void> {
      const text = 'Open this link to confirm that this address is yours. It works for an hour.';
      send('verify-email', user.email, 'Confirm your address for Remuvr', text, url);
    },
    async resetPassword({ user, url }: Linked): Promise<void> {
      const text =
        'Open this link to choose a new password. It works for an hour. If you did not ask for it, ignore this mail.';
      send('reset-password', user.email, 'Choose a new password for Remuvr', text, url);
    },
    async confirmNewEmail({ user, newEmail, url }: Linked & { readonly newEmail: string }): Promise<void> {
      const text = `Open this link to change the address of your account to ${newEmail}. If that was not you, ignore this mail and change your password.`;
      send('change-email', user.email, 'Change your address for Remuvr', text, url);
    },
    async alreadyRegistered({ user }: { readonly user: Reader }): Promise<void> {
      const text =
        'Somebody, likely you, tried to sign up with this address, which has an account already. Sign in, or choose a new password there.';
      send('already-registered', user.email, 'You have an account at Remuvr', text);
    },
  };
}
