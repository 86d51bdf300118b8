/** Rejects where the database does not answer. */
import { pingDatabase } from '../store/database.ts';
import type { DatabaseContext } from './context.ts';

export async function checkDatabase({ database }: DatabaseContext): Promise<void> {
  await pingDatabase(database);
}
