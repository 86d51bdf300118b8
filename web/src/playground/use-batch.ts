/** The pictures of the playground, each with its own state; two at a time are under way. */

import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useReducer, useRef } from 'react';
import { ApiError, messageOf } from '../api/client.ts';
import type { Quality } from '../api/types.ts';
import type { Plane } from '../lib/touch-up.ts';
import { type Progress, runRemoval } from './removal.ts';

export type Picture = { readonly file: Blob; readonly name: string };

export type Item = Picture & {
  readonly id: number;
  readonly url: string;
  readonly quality: Quality;
  readonly state:
    | { readonly kind: 'waiting' }
    | { readonly kind: 'running'; readonly progress: Progress }
    | { readonly kind: 'done'; readonly result: Blob; readonly resultUrl: string }
    | { readonly kind: 'failed'; readonly message: string };
  /** What the brush did, once it did something. */
  readonly touches: Plane | null;
};

type Action =
  | { kind: 'add'; items: readonly Item[] }
  | { kind: 'change'; id: number; change: Partial<Item> }
  | { kind: 'remove'; id: number };

function reduce(items: readonly Item[], action: Action): readonly Item[] {
  if (action.kind === 'add') return [...items, ...action.items];
  if (action.kind === 'remove') return items.filter(({ id }) => id !== action.id);
  return items.map((item) => (item.id === action.id ? { ...item, ...action.change } : item));
}

const AT_ONCE = 2;
let lastId = 0;

export function useBatch() {
  const [items, dispatch] = useReducer(reduce, []);
  const started = useRef(new Set<number>());
  const queries = useQueryClient();

  const change = useCallback(
    (id: number, changed: Partial<Item>): void => dispatch({ kind: 'change', id, change: changed }),
    [],
  );

  const start = useCallback(
    async (item: Item): Promise<void> => {
      try {
        const { result } = await runRemoval(item.file, item.name, item.quality, (progress) =>
          change(item.id, { state: { kind: 'running', progress } }),
        );
        change(item.id, { state: { kind: 'done', result, resultUrl: URL.createObjectURL(result) }, touches: null });
        void queries.invalidateQueries({ queryKey: ['usage'] });
        void queries.invalidateQueries({ queryKey: ['jobs'] });
      } catch (error) {
        // The session has ended elsewhere: the page then leads to signing in, and back.
        if (error instanceof ApiError && error.status === 401) queries.setQueryData(['me'], null);
        change(item.id, { state: { kind: 'failed', message: messageOf(error) } });
      } finally {
        started.current.delete(item.id);
      }
    },
    [change, queries],
  );

  useEffect(() => {
    for (const item of items) {
      if (started.current.size >= AT_ONCE) return;
      if (item.state.kind !== 'waiting' || started.current.has(item.id)) continue;
      started.current.add(item.id);
      void start(item);
    }
  }, [items, start]);

  const add = useCallback((files: readonly { file: Blob; name: string }[], quality: Quality): number => {
    const added = files.map(({ file, name }): Item => {
      lastId += 1;
      return {
        id: lastId,
        name,
        file,
        url: URL.createObjectURL(file),
        quality,
        state: { kind: 'waiting' },
        touches: null,
      };
    });
    dispatch({ kind: 'add', items: added });
    return added[0]?.id ?? 0;
  }, []);

  const again = useCallback(
    (id: number, quality: Quality): void => change(id, { quality, state: { kind: 'waiting' }, touches: null }),
    [change],
  );

  const remove = useCallback((item: Item): void => {
    URL.revokeObjectURL(item.url);
    if (item.state.kind === 'done') URL.revokeObjectURL(item.state.resultUrl);
    dispatch({ kind: 'remove', id: item.id });
  }, []);

  return { items, add, again, remove, change };
}
