/** What the tests of the dialects of others, and of pictures by URL, need: a server, an account's key, a photo, and a host that has it by a URL. */
import { createEnterprise, readPhoto } from './api.ts';
import { openPictureHost, type PictureHost } from './picture-host.ts';
import { createInstallation, type Installation, type ServerProcess } from './server.ts';

export type DialectServer = {
  readonly installation: Installation;
  readonly server: ServerProcess;
  readonly host: PictureHost;
  readonly key: string;
  readonly photo: Buffer;
  close(): Promise<void>;
};

/** The host has the photo as /rocket.jpg, and these `files`. `settings` are of the server. */
export async function openDialectServer(
  files: Readonly<Record<string, Uint8Array>> = {},
  settings: Readonly<Record<string, string>> = {},
): Promise<DialectServer> {
  const photo = await readPhoto('rocket.jpg');
  const host = await openPictureHost({ '/rocket.jpg': photo, ...files });
  const installation = await createInstallation({ ALLOWED_SOURCE_HOSTS: '127.0.0.1', ...settings });
  const server = await installation.start();
  const key = await createEnterprise(installation, 'acme');
  const close = async (): Promise<void> => {
    await host.close();
    await installation.dispose();
  };
  return { installation, server, host, key, photo, close };
}
