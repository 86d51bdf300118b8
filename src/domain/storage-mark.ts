/** The mark by which an installation knows its storage: an object at its root that names the database. */

/** Beside the folders that a bucket may let expire. */
export const MARK_KEY = 'remuvr-installation.txt';

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

export function composeMark(installationId: string): string {
  return `The objects of the Remuvr installation ${installationId} are kept here. Without this file it does not start.\n`;
}

/** What the database says of its installation. */
export type Installation = { readonly id: string; readonly markedAt: Date | null };

/**
 * `found`: the text of the mark, undefined where there is none. `wrong` says, as a sentence for the operator, why the storage
 * is not the one of the installation.
 */
export function judgeMark(
  { id, markedAt }: Installation,
  found: string | undefined,
): { readonly kind: 'own' } | { readonly kind: 'unmarked' } | { readonly kind: 'wrong'; readonly sentence: string } {
  if (found === undefined && markedAt === null) return { kind: 'unmarked' };
  const named = found && UUID.exec(found)?.[0];
  if (named === id) return { kind: 'own' };
  const seen =
    found === undefined
      ? `has no object ${MARK_KEY}, and that of this database, installation ${id}, has had one since ${markedAt?.toISOString()}`
      : `belongs to ${named ? `installation ${named}` : 'nobody that can be read'}, as its object ${MARK_KEY} says, and the database to installation ${id}`;
  const advice =
    found === undefined
      ? 'set it to the right one or, where this one takes its place, run: remuvr mark-storage'
      : 'set it to the storage of this database, or to an empty one if it has none yet; where that installation is gone, and these are the objects of this one, run: remuvr mark-storage --take-over';
  return { kind: 'wrong', sentence: `The storage of STORAGE_URL (without it, DATA_DIR/objects) ${seen}; ${advice}` };
}
