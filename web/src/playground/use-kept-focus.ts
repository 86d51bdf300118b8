import { useEffect, useRef } from 'react';
import type { Item } from './use-batch.ts';

export const frameId = (item: Item): string => `picture-${item.id}`;

/** What had the focus may go with its picture or its state; then the picture that is shown has it, not the page's beginning. */
export function useKeptFocus(items: readonly Item[], shown: Item | undefined): void {
  const state = `${items.length} ${shown?.id} ${shown?.state.kind}`;
  const before = useRef(state);
  useEffect(() => {
    if (before.current === state) return;
    before.current = state;
    if (document.activeElement !== document.body) return;
    const frame = shown && document.getElementById(frameId(shown));
    (frame ?? document.getElementById('main'))?.focus({ preventScroll: true });
  }, [state, shown]);
}
