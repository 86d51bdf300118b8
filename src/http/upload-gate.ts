/** How many requests may be sending pictures at once, in every dialect together. */
import { RemuvrError } from '../domain/errors.ts';

export type UploadGate = <T>(receive: () => Promise<T>) => Promise<T>;

export function createUploadGate(maxUploads: number): UploadGate {
  let uploads = 0;
  return async (receive) => {
    if (uploads >= maxUploads) throw new RemuvrError('overloaded', undefined, { retryAfterSeconds: 1 });
    uploads++;
    try {
      return await receive();
    } finally {
      uploads--;
    }
  };
}
