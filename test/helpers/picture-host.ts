/** A host of pictures on the loopback, for servers that are told to fetch from it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type PictureHost = { readonly url: string; readonly asked: string[]; close(): Promise<void> };

/** Answers each path of `files` with its bytes, and everything else with 404. */
export async function openPictureHost(files: Readonly<Record<string, Uint8Array>>): Promise<PictureHost> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const bytes = files[path];
    if (bytes) response.end(bytes);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
