import { useCallback, useId } from 'react';
import { IconButton } from '../ui/button.tsx';
import { Segmented } from '../ui/field.tsx';
import type { Editor, Tool } from './editor.ts';
import { Panel } from './panel.tsx';
import { useBrushKeys } from './use-brush-keys.ts';

type Props = { editor: Editor; tool: Tool; onTool: (tool: Tool) => void; onChanged: () => void };

const SMALLEST = 2;
const MODES = [
  { value: 'look', title: 'Look' },
  { value: 'keep', title: 'Keep' },
  { value: 'erase', title: 'Erase' },
] as const;

export function BrushPanel({ editor, tool, onTool, onChanged }: Props) {
  const id = useId();
  const { history } = editor;
  const step = useCallback(
    (verb: 'undo' | 'redo'): void => {
      const box = editor.history[verb]();
      if (!box) return;
      editor.refresh(box);
      onChanged();
    },
    [editor, onChanged],
  );
  const largest = Math.max(16, Math.round(Math.max(editor.width, editor.height) / 6));
  const resize = useCallback(
    (factor: number): void => {
      if (tool.mode === 'look') return;
      const radius = Math.round(tool.radius * factor);
      onTool({ ...tool, radius: Math.min(largest, Math.max(SMALLEST, radius)) });
    },
    [tool, largest, onTool],
  );
  useBrushKeys({ step, resize });
  return (
    <Panel title="Touch up">
      <Segmented
        label="Tool"
        isLabelHidden
        value={tool.mode}
        choices={MODES}
        onChange={(mode) => onTool({ ...tool, mode })}
      />
      <div className="mt-3 flex items-center gap-2">
        <label htmlFor={id} className="text-soft">
          Size
        </label>
        <input
          id={id}
          type="range"
          min={SMALLEST}
          max={largest}
          value={Math.min(tool.radius, largest)}
          disabled={tool.mode === 'look'}
          aria-valuetext={`${tool.radius * 2} pixels`}
          onChange={(event) => onTool({ ...tool, radius: Number(event.currentTarget.value) })}
          className="h-10 min-w-0 flex-1 accent-accent"
        />
        <IconButton icon="undo" label="Undo" disabled={!history.canUndo} onClick={() => step('undo')} />
        <IconButton icon="redo" label="Redo" disabled={!history.canRedo} onClick={() => step('redo')} />
      </div>
    </Panel>
  );
}
