import { afterEach, beforeAll, expect, test } from 'vitest';
import { openOrtSession } from '../../src/adapters/ort-session.ts';
import type { InferenceSession } from '../../src/ports/inference-session.ts';
import { createSessionShelf, type SessionKind } from '../../src/worker/session-shelf.ts';
import { modelOf } from '../helpers/model-of.ts';
import { usePictureFolder } from '../helpers/picture-folder.ts';
import { makeTinyOnnx } from '../helpers/picture-tiny-onnx.ts';

const folder = usePictureFolder();
const SIZE = 32;
const alone: SessionKind = { precision: 'int8', threads: 2 };
const shared: SessionKind = { precision: 'int8', threads: 1 };
const exact: SessionKind = { precision: 'fp32', threads: 2 };

const opened: { kind: SessionKind; session: InferenceSession; isClosed: boolean }[] = [];
let path: string;
beforeAll(async () => {
  path = await folder.write(makeTinyOnnx(SIZE));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ isClosed, session }) => !isClosed && session.close()));
});

/** Real sessions, with a note of each that was opened and closed. */
const makeShelf = () =>
  createSessionShelf(async (kind) => {
    const session = await openOrtSession({ model: modelOf(path, SIZE), threads: kind.threads });
    const note = { kind, session, isClosed: false };
    opened.push(note);
    const close = async () => {
      note.isClosed = true;
      await session.close();
    };
    return { ...session, close };
  });

test('a session is opened at its first use, and kept', async () => {
  const shelf = makeShelf();
  const first = await shelf.take(alone);
  await shelf.take(shared);
  expect(await shelf.take({ ...alone })).toBe(first);
  expect(opened.map(({ kind }) => kind)).toEqual([alone, shared]);
});

test('the one that was used longest ago makes room for a third', async () => {
  const shelf = makeShelf();
  await shelf.take(alone);
  await shelf.take(shared);
  await shelf.take(alone);
  const third = await shelf.take(exact);
  expect(opened.map(({ isClosed }) => isClosed)).toEqual([false, true, false]);
  expect(await third.run(new Float32Array(3 * SIZE * SIZE))).toHaveLength(SIZE * SIZE);
});

test('a session that cannot be opened leaves the others as they are', async () => {
  const shelf = createSessionShelf(async ({ precision, threads }) => {
    const file = precision === 'fp32' ? `${path}.missing` : path;
    const session = await openOrtSession({ model: modelOf(file, SIZE), threads });
    opened.push({ kind: { precision, threads }, session, isClosed: false });
    return session;
  });
  const first = await shelf.take(alone);
  await expect(shelf.take(exact)).rejects.toThrow('cannot be read');
  expect(await shelf.take(alone)).toBe(first);
});
