/** The secret of this installation, and what keeps others by it. */
import type { Config } from '../config.ts';
import type { SecretBox } from '../ports/secret-box.ts';

export async function readRootSecret(config: Config): Promise<string> {
  if (config.AUTH_SECRET) return config.AUTH_SECRET;
  const { readOrMakeSecret } = await import('../adapters/secret-file.ts');
  return await readOrMakeSecret(config.secretFile);
}

/** Opened at its first use, once. */
export function openSecretBox(config: Config): () => Promise<SecretBox> {
  let opened: Promise<SecretBox> | undefined;
  const open = async (): Promise<SecretBox> => {
    const { createSecretBox } = await import('../adapters/secret-box.ts');
    return createSecretBox(await readRootSecret(config), 'remuvr webhook secrets');
  };
  return () => {
    opened ??= open();
    return opened;
  };
}
