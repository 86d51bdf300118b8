/** The remover of a server, through the client. */
import { readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { type RemovalOptions, Remuvr, RemuvrError } from '@remuvr/client';
import type { Config } from '../../config.ts';
import { UsageError } from '../terminal.ts';
import type { Outcome, Remover } from './remover.ts';

export type ServerAddress = { readonly url: string; readonly key: string };

/** Undefined for the model of this machine. */
export function chooseServer(
  { apiUrl, key: givenKey }: { readonly apiUrl?: string; readonly key?: string },
  config: Config,
): ServerAddress | undefined {
  const url = apiUrl ?? config.REMUVR_API_URL;
  if (!url) return undefined;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw new UsageError(`"${url}" is not the URL of a server.`);
  const key = givenKey ?? config.REMUVR_API_KEY;
  if (!key) throw new UsageError('A server asks for a key: set REMUVR_API_KEY, or give --key.');
  return { url, key };
}

/** As many as a plan lets through in a second; the client waits where that is too many. */
const PARALLEL = 4;
/** More patient than a program: a folder may take the night. */
const RETRIES = 6;

/** After one of these every other picture would be refused too. */
const FINAL_CODES = ['invalid_api_key', 'account_suspended', 'key_restricted', 'plan_required', 'quota_exceeded'];

export function openServerRemover({ url, key }: ServerAddress, options: RemovalOptions): Remover {
  const remuvr = new Remuvr({ key, baseUrl: url, retries: RETRIES });
  let end: Outcome | undefined;
  return {
    parallel: PARALLEL,
    async remove(input, output) {
      if (end) return end;
      try {
        const result = await remuvr.remove(path.resolve(input), options);
        const partial = `${output}.part`;
        await result.save(partial);
        await rename(partial, output);
        return result.confidence === undefined ? {} : { confidence: result.confidence };
      } catch (error) {
        const outcome = { error: error instanceof Error ? error.message : String(error) };
        if (error instanceof RemuvrError && FINAL_CODES.includes(error.code)) end = outcome;
        return outcome;
      }
    },
    async close() {},
  };
}

/** `name=value`; a value that is a file here is sent as that file. */
export async function readServerOptions(given: readonly (readonly [string, string])[]): Promise<RemovalOptions> {
  const entries = given.map(async ([name, value]) => {
    const bytes = await readFile(value).catch(() => undefined);
    return [name, bytes ? new Blob([bytes]) : value] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
