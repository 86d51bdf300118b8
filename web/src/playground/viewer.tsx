/** The window onto one picture: split, zoom, pan, brush; by pointer, by touch, and by keyboard. */
import { type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { fitView, panBy, type View, zoomAt } from '../lib/view.ts';
import { IconButton } from '../ui/button.tsx';
import type { Background } from './background.ts';
import { drawScene } from './draw.ts';
import type { Editor, Tool } from './editor.ts';
import { SplitHandle } from './split-handle.tsx';
import { usePointers } from './use-pointers.ts';

type Props = {
  editor: Editor;
  background: Background;
  tool: Tool;
  /** Counts up when the editor's picture has changed from outside. */
  revision: number;
  onStroke: () => void;
};

/** The frame of a picture, also while it is waited for. */
export const WINDOW =
  'relative h-[58dvh] min-h-80 overflow-hidden rounded-lg border border-line bg-sunken shadow-card lg:h-[66dvh]';
const PAN_STEP = 40;

export function Viewer({ editor, background, tool, revision, onStroke }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [view, setView] = useState<View | null>(null);
  const [split, setSplit] = useState(0.5);
  const [pointer, setPointer] = useState<{ x: number; y: number } | null>(null);
  const isPainting = tool.mode !== 'look';
  const fitted = fitView(editor, size, 16);
  const shown = view ?? fitted;

  useLayoutEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const measure = (): void => setSize({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const draw = useCallback(() => {
    const element = canvas.current;
    if (!element || size.width === 0) return;
    const ratio = devicePixelRatio;
    const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
    if (element.width !== width || element.height !== height) Object.assign(element, { width, height });
    const { color, borderTopColor } = getComputedStyle(element);
    const brush = isPainting && pointer ? { ...pointer, radius: tool.radius } : null;
    // While painting the result alone is shown.
    const scene = { editor, view: shown, split: isPainting ? 0 : split, background, brush };
    drawScene(element, scene, [borderTopColor, color]);
  }, [editor, shown, split, background, isPainting, pointer, tool.radius, size]);

  useEffect(draw, [draw, revision]);
  useEffect(() => {
    window.addEventListener('themechange', draw);
    return () => window.removeEventListener('themechange', draw);
  }, [draw]);

  const zoom = useCallback(
    (factor: number, at = { x: size.width / 2, y: size.height / 2 }) =>
      setView((now) => zoomAt(now ?? fitted, factor, at, fitted.scale)),
    [size, fitted],
  );
  const { paintAt, ...handlers } = usePointers({
    canvas,
    editor,
    tool,
    shown,
    setView,
    setPointer,
    zoom,
    draw,
    onStroke,
  });

  const middle = { x: size.width / 2, y: size.height / 2 };
  const onKeyDown = (event: KeyboardEvent): void => {
    const arrows: Record<string, [number, number]> = {
      ArrowLeft: [1, 0],
      ArrowRight: [-1, 0],
      ArrowUp: [0, 1],
      ArrowDown: [0, -1],
    };
    const arrow = arrows[event.key];
    if (event.key === '+' || event.key === '=') zoom(1.4);
    else if (event.key === '-') zoom(1 / 1.4);
    else if (event.key === '0') setView(null);
    else if (event.key === ' ' && isPainting) paintAt(pointer ?? middle);
    else if (arrow && isPainting) {
      // The brush goes where the arrow points; the picture would go the other way.
      const step = event.shiftKey ? 1 : 10;
      const from = pointer ?? middle;
      setPointer({ x: from.x - arrow[0] * step, y: from.y - arrow[1] * step });
    } else if (arrow) setView(panBy(shown, { x: arrow[0] * PAN_STEP, y: arrow[1] * PAN_STEP }));
    else return;
    event.preventDefault();
  };

  const isFitted = view === null;
  return (
    <div className={WINDOW}>
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it is worked by keys of its own */}
      <canvas
        ref={canvas}
        tabIndex={0}
        role="application"
        aria-label={
          isPainting
            ? 'Picture. Arrow keys move the brush, space paints, plus and minus zoom.'
            : 'Picture. Arrow keys move it, plus and minus zoom, zero fits it.'
        }
        className="absolute inset-0 size-full border-(--check-a) text-(--check-b)"
        style={{ touchAction: isFitted && !isPainting ? 'pan-y' : 'none', cursor: isPainting ? 'none' : 'grab' }}
        onKeyDown={onKeyDown}
        {...handlers}
      />
      {!isPainting && (
        <SplitHandle
          split={split}
          onSplit={setSplit}
          left={shown.x}
          width={editor.width * shown.scale}
          within={size.width}
        />
      )}
      <div className="absolute right-3 bottom-3 flex rounded-md border border-line bg-surface shadow-card">
        <IconButton icon="minus" label="Smaller" onClick={() => zoom(1 / 1.4)} />
        <button
          type="button"
          className="numbers min-w-14 text-xs font-medium hover:bg-sunken"
          title="Show pixel for pixel"
          onClick={() => zoom(1 / shown.scale)}
        >
          {Math.round(shown.scale * 100)} %
        </button>
        <IconButton icon="plus" label="Larger" onClick={() => zoom(1.4)} />
        <IconButton icon="fit" label="Fit into the window" disabled={isFitted} onClick={() => setView(null)} />
      </div>
    </div>
  );
}
