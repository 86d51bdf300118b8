/**
 * Keeps secrets that must be had again, such as those that sign: what is sealed can be read with the secret of this
 * installation alone, which is not in the database.
 */
export interface SecretBox {
  /** `owner`: whose it is; sealed for one owner it cannot be opened for another. */
  seal(secret: string, owner: string): Buffer;
  /** Undefined where it was sealed with another secret, for another owner, or was changed. */
  open(sealed: Buffer, owner: string): string | undefined;
}
