/** What pointers do to the picture: one drags or paints, two pinch, the wheel zooms. */
import { type PointerEvent, type RefObject, useEffect, useRef } from 'react';
import { type Box, stroke, unite } from '../lib/touch-up.ts';
import { panBy, toPicture, type View } from '../lib/view.ts';
import type { Editor, Tool } from './editor.ts';

type Point = { readonly x: number; readonly y: number };
type Options = {
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  readonly editor: Editor;
  readonly tool: Tool;
  readonly shown: View;
  readonly setView: (view: View) => void;
  readonly setPointer: (pointer: Point | null) => void;
  readonly zoom: (factor: number, at?: Point) => void;
  readonly draw: () => void;
  readonly onStroke: () => void;
};

type Stroke = { before: Uint8Array; box: Box; last: Point };

export function usePointers(options: Options) {
  const { canvas, editor, tool, shown, setView, setPointer, zoom, draw, onStroke } = options;
  const held = useRef(new Map<number, Point>());
  const current = useRef<Stroke | null>(null);

  const placeOf = (event: { clientX: number; clientY: number }): Point => {
    const box = canvas.current?.getBoundingClientRect();
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) };
  };

  const paint = (at: Point): void => {
    if (tool.mode === 'look') return;
    const place = toPicture(shown, at);
    const begun = current.current;
    const touch = { ...place, radius: tool.radius, mode: tool.mode };
    const before = begun?.before ?? editor.plane.data.slice();
    const box = stroke(editor.plane, begun?.last ?? place, touch);
    current.current = { before, box: begun ? unite(begun.box, box) : box, last: place };
    editor.refresh(box);
    draw();
  };

  const finish = (): void => {
    const done = current.current;
    current.current = null;
    if (!done) return;
    editor.history.record(done.box, done.before);
    onStroke();
  };

  const onPointerDown = (event: PointerEvent<HTMLCanvasElement>): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
    const at = placeOf(event);
    held.current.set(event.pointerId, at);
    // A second finger turns painting into pinching.
    if (held.current.size > 1) finish();
    else if (event.button === 0) paint(at);
  };

  const onPointerMove = (event: PointerEvent<HTMLCanvasElement>): void => {
    const at = placeOf(event);
    if (tool.mode !== 'look') setPointer(at);
    const last = held.current.get(event.pointerId);
    if (!last) return;
    const others = [...held.current].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    held.current.set(event.pointerId, at);
    const other = others[0];
    if (other) {
      const distance = (from: Point): number => Math.max(1, Math.hypot(from.x - other.x, from.y - other.y));
      zoom(distance(at) / distance(last), { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 });
    } else if (tool.mode === 'look' || (event.buttons & 4) !== 0) {
      setView(panBy(shown, { x: at.x - last.x, y: at.y - last.y }));
    } else paint(at);
  };

  const onPointerUp = (event: PointerEvent<HTMLCanvasElement>): void => {
    held.current.delete(event.pointerId);
    finish();
  };

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const onWheel = (event: WheelEvent): void => {
      // The page scrolls, unless the picture is what is being worked with.
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== element) return;
      event.preventDefault();
      const box = element.getBoundingClientRect();
      zoom(Math.exp(-event.deltaY / 300), { x: event.clientX - box.left, y: event.clientY - box.top });
    };
    // React listens passively, and a passive listener cannot keep the page from scrolling.
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [canvas, zoom]);

  return {
    onPointerDown,
    onPointerMove,
    onPointerUp,
    onPointerCancel: onPointerUp,
    onPointerLeave: () => setPointer(null),
    paintAt: (at: Point): void => {
      paint(at);
      finish();
    },
  };
}
