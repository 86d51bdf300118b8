/**
 * A database and its storage know each other by a mark, so that a process that was given another storage does not start: it
 * would find no upload, and put results where nobody looks for them.
 */
import { chmod, writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { composeMark, type Installation, judgeMark, MARK_KEY } from '../domain/storage-mark.ts';
import type { Storage } from '../ports/storage.ts';
import { noteMark, readInstallation, whileMarking } from '../store/installation.ts';
import type { DatabaseContext, ServiceContext } from './context.ts';

type Stores = Pick<ServiceContext, 'database' | 'storage'>;

export class WrongStorage extends Error {
  override readonly name = 'WrongStorage';
}

/** Rejects with WrongStorage where the storage is another's. The first who comes marks it. */
export async function holdToStorage(ctx: Stores): Promise<void> {
  if ((await checkStorageMark(ctx)) === 'unmarked') await mark(ctx, (installation) => installation);
}

/**
 * For an operator who says that the storage of now takes the place of the one before. The mark of another installation is
 * written over where `takesOver`: its database is gone.
 */
export async function markStorage(ctx: Stores, { takesOver = false } = {}): Promise<void> {
  await mark(ctx, ({ id }) => ({ id, markedAt: null }), takesOver);
}

/** Of a process that has found its own mark: one that was deleted since is written again. Says whether it was. */
export async function keepStorageMark(ctx: Stores): Promise<boolean> {
  if ((await readMark(ctx.storage)) !== undefined) return false;
  await markStorage(ctx);
  return true;
}

/** After a restore: where the objects of now lie, the next start says. */
export async function forgetStorageMark({ database }: DatabaseContext): Promise<void> {
  await noteMark(database, false);
}

/** Changes nothing but what the database has not noted yet. Rejects with WrongStorage. */
export async function checkStorageMark({ database, storage }: Stores): Promise<'own' | 'unmarked'> {
  const installation = await readInstallation(database);
  const verdict = judgeMark(installation, await readMark(storage));
  if (verdict.kind === 'wrong') throw new WrongStorage(verdict.sentence);
  if (verdict.kind === 'own' && installation.markedAt === null) await noteMark(database, true);
  return verdict.kind;
}

/** Under a lock: of ten that start at once, one with another storage must not mark that one as well. */
async function mark(
  { database, storage }: Stores,
  see: (told: Installation) => Installation,
  takesOver = false,
): Promise<void> {
  await whileMarking(database, async (db) => {
    const installation = see(await readInstallation(db));
    const verdict = judgeMark(installation, await readMark(storage));
    if (verdict.kind === 'wrong' && !takesOver) throw new WrongStorage(verdict.sentence);
    if (verdict.kind !== 'own') await putMark(storage, installation.id);
    await noteMark(db, true);
  });
}

async function readMark(storage: Storage): Promise<string | undefined> {
  const stream = await storage.read(MARK_KEY);
  return stream && (await text(stream));
}

async function putMark(storage: Storage, installationId: string): Promise<void> {
  const file = await storage.temporaryPath();
  await writeFile(file, composeMark(installationId));
  // Whoever marks by hand may be root, with a mask that leaves nothing to the user of the service.
  await chmod(file, 0o644);
  await storage.put(MARK_KEY, file);
}
