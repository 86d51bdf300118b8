/** Why a port could not be opened, as a sentence with the setting that chooses another. */
import { CommandError } from './terminal.ts';

export function listenFailure(error: unknown, setting: string, port: number, host: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return new CommandError(`Port ${port} is in use already; choose another by ${setting}.`);
  if (code === 'EACCES')
    return new CommandError(`Port ${port} may not be opened by this user; choose one above 1023 by ${setting}.`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new CommandError(`HOST is "${host}", which is no address of this machine.`);
  return error;
}
