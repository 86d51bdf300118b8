/** A mail of a sentence or two and one link, to one reader. `name`: which mail it is, for the log. */
export type Mail = {
  readonly name: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly link: string | undefined;
};

/** Resolves when the mail has been handed on; rejects where it could not be. */
export interface Mailer {
  send(mail: Mail): Promise<void>;
}
