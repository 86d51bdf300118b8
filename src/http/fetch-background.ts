/** A picture for the background that is named by its URL. Its errors say that they are not of the photo. */
import { RemuvrError } from '../domain/errors.ts';
import { decideUpload } from '../domain/upload.ts';
import type { ServiceContext } from '../services/context.ts';
import type { ReceivedFile } from './receive-picture.ts';

/** Fetches the picture at a URL to the path, and returns its first bytes. */
export type Fetch = (url: string, path: string) => Promise<Uint8Array>;

/** Where it throws, no file is left. */
export async function fetchBackground(ctx: ServiceContext, fetchTo: Fetch, url: string): Promise<ReceivedFile> {
  const path = await ctx.storage.temporaryPath();
  try {
    return { path, head: await fetchTo(url, path) };
  } catch (error) {
    if (!(error instanceof RemuvrError)) throw error;
    throw new RemuvrError(error.code, `For the background: ${error.message}`);
  }
}

/** By its first bytes alone. */
export function refuseBackground(head: Uint8Array, maxPixels: number): void {
  const refusal = decideUpload(head, maxPixels);
  if (refusal) throw new RemuvrError('invalid_background', `For the background: ${refusal.message}`);
}
