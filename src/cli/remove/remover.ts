/** Who does the work, here or on a server: the verb does not know the difference. */

export type Outcome = { readonly confidence?: number; readonly error?: string };

export type Remover = {
  /** How many pictures to give it at once, where nobody says. */
  readonly parallel: number;
  /** Writes `output` whole or not at all. An outcome without `error` is a success. */
  remove(input: string, output: string): Promise<Outcome>;
  close(): Promise<void>;
};
