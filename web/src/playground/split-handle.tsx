/** The line between before and after. A slider to the keyboard and to screen readers. */
import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import { Icon } from '../ui/icons.tsx';

type Props = {
  split: number;
  onSplit: (split: number) => void;
  /** The picture's left edge and width on the screen, and the width of the window. */
  left: number;
  width: number;
  within: number;
};

export function SplitHandle({ split, onSplit, left, width, within }: Props) {
  const line = useRef<HTMLDivElement>(null);
  const at = Math.min(Math.max(left + width * split, 0), within);
  const onPointerMove = (event: PointerEvent): void => {
    const box = line.current?.parentElement?.getBoundingClientRect();
    if (!box || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    onSplit(Math.min(1, Math.max(0, (event.clientX - box.left - left) / width)));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.shiftKey ? 0.1 : 0.02;
    const targets: Record<string, number> = {
      ArrowLeft: split - step,
      ArrowRight: split + step,
      Home: 0,
      End: 1,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    onSplit(Math.min(1, Math.max(0, target)));
  };
  return (
    <div
      ref={line}
      className="pointer-events-none absolute inset-y-0 w-0.5 -translate-x-1/2 bg-accent"
      style={{ left: at }}
    >
      <div
        role="slider"
        tabIndex={0}
        aria-label="Split between the photo and the cut-out"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(split * 100)}
        aria-valuetext={`${Math.round(split * 100)} % photo`}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={onPointerMove}
        className="pointer-events-auto absolute top-1/2 left-1/2 grid size-11 -translate-x-1/2 -translate-y-1/2 cursor-ew-resize touch-none place-items-center rounded-full bg-accent text-on-accent shadow-card"
      >
        <Icon name="split" className="stroke-2" />
      </div>
    </div>
  );
}
