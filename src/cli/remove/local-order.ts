/** What is to be made of pictures on this machine, by the parameters of the API. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { RemuvrError } from '../../domain/errors.ts';
import type { Quality, RemovalOptions } from '../../domain/removal-options.ts';
import { parseRemoval } from '../../http/read-options.ts';
import { UsageError } from '../terminal.ts';

export type LocalOrder = { readonly options: RemovalOptions; readonly backgroundPath: string | undefined };

/** As where a server does it, a background that is a file here is that picture. */
export async function readLocalOrder(
  given: readonly (readonly [string, string])[],
  own: Readonly<Record<string, unknown>>,
  quality: Quality,
): Promise<LocalOrder> {
  const { background, background_file: file, ...others } = Object.fromEntries(given);
  const picture = file ?? (background !== undefined && (await isFile(background)) ? background : undefined);
  if (file !== undefined && !(await isFile(file))) throw new UsageError(`"${file}" is not a file.`);
  const colour = picture === background ? undefined : background;
  if (others.background_url !== undefined) throw new UsageError('A background by its URL is the work of a server.');
  const parameters = { ...own, ...others, ...(colour !== undefined && { background: colour }) };
  try {
    const { options } = parseRemoval(parameters, { hasBackgroundFile: picture !== undefined, quality });
    return { options, backgroundPath: picture === undefined ? undefined : path.resolve(picture) };
  } catch (error) {
    if (error instanceof RemuvrError) throw new UsageError(error.message);
    throw error;
  }
}

const isFile = async (name: string): Promise<boolean> => (await stat(name).catch(() => undefined))?.isFile() ?? false;
