/** A ZIP archive whose members are stored as they are: pictures are compressed already. */
import { zipSync } from 'fflate';

export type ZipEntry = { readonly name: string; readonly bytes: Uint8Array };

/** The same entries give the same bytes: the time of every member is the first that the format knows. */
const FIXED_TIME = new Date(1980, 0, 1);

/** Members are in the order given. */
export function packZip(entries: readonly ZipEntry[]): Uint8Array {
  const files = Object.fromEntries(entries.map(({ name, bytes }) => [name, bytes] as const));
  return zipSync(files, { level: 0, mtime: FIXED_TIME });
}
