/** Undo and redo as in every editor, and the brush smaller and larger by the square brackets. */
import { useEffect } from 'react';

type Keys = { readonly step: (verb: 'undo' | 'redo') => void; readonly resize: (factor: number) => void };

const isText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches('textarea, input:not([type=range], [type=radio], [type=color])');

export function useBrushKeys({ step, resize }: Keys): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (isText(event.target)) return;
      const key = event.key.toLowerCase();
      const isCommand = event.ctrlKey || event.metaKey;
      if (isCommand && key === 'z') step(event.shiftKey ? 'redo' : 'undo');
      else if (isCommand && key === 'y') step('redo');
      else if (!isCommand && key === '[') resize(1 / 1.25);
      else if (!isCommand && key === ']') resize(1.25);
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [step, resize]);
}
