import { describe, expect, test } from 'vitest';
import { TouchHistory } from '../src/lib/touch-history.ts';
import { applyTouches, createPlane, dab, NEUTRAL, type Plane, stroke } from '../src/lib/touch-up.ts';

const at = (plane: Plane, x: number, y: number): number => plane.data[y * plane.width + x] ?? -1;

describe('the brush', () => {
  test('erases its middle wholly, its rim in part, and nothing outside of it', () => {
    const plane = createPlane(40, 40);
    const box = dab(plane, { x: 20, y: 20, radius: 9, mode: 'erase' });
    expect(at(plane, 20, 20)).toBe(0);
    expect(at(plane, 27, 20)).toBeGreaterThan(0);
    expect(at(plane, 27, 20)).toBeLessThan(NEUTRAL);
    expect(at(plane, 30, 20)).toBe(NEUTRAL);
    expect(box).toEqual({ left: 11, top: 11, right: 29, bottom: 29 });
  });

  test('keeps what it is drawn over, also what was erased before', () => {
    const plane = createPlane(20, 20);
    dab(plane, { x: 10, y: 10, radius: 5, mode: 'erase' });
    dab(plane, { x: 10, y: 10, radius: 5, mode: 'keep' });
    expect(at(plane, 10, 10)).toBe(255);
  });

  test('a second pass takes nothing back from the first', () => {
    const plane = createPlane(20, 20);
    dab(plane, { x: 10, y: 10, radius: 6, mode: 'keep' });
    const before = plane.data.slice();
    dab(plane, { x: 10, y: 10, radius: 6, mode: 'keep' });
    expect(plane.data).toEqual(before);
  });

  test('a fast move leaves no gap', () => {
    const plane = createPlane(100, 10);
    stroke(plane, { x: 5, y: 5 }, { x: 95, y: 5, radius: 3, mode: 'erase' });
    for (let x = 5; x < 95; x += 1) expect(at(plane, x, 5)).toBe(0);
  });

  test('over the edge of the picture it stays inside', () => {
    const plane = createPlane(10, 10);
    const box = dab(plane, { x: -3, y: 12, radius: 6, mode: 'erase' });
    expect(box).toEqual({ left: 0, top: 6, right: 3, bottom: 10 });
    expect(plane.data).toHaveLength(100);
  });
});

describe('touches on the cut-out', () => {
  /** One pixel: cut-out and photo, and a touch. */
  function touched(cutout: number[], photo: number[], touch: number): number[] {
    const into = new Uint8ClampedArray(4);
    applyTouches({
      cutout: new Uint8ClampedArray(cutout),
      photo: new Uint8ClampedArray(photo),
      plane: { width: 1, height: 1, data: new Uint8Array([touch]) },
      into,
      box: { left: 0, top: 0, right: 1, bottom: 1 },
    });
    return [...into];
  }

  test('without a touch the server’s pixel stays as it is', () => {
    expect(touched([10, 20, 30, 77], [90, 90, 90, 255], NEUTRAL)).toEqual([10, 20, 30, 77]);
  });

  test('erased is transparent', () => {
    expect(touched([10, 20, 30, 255], [90, 90, 90, 255], 0)[3]).toBe(0);
  });

  test('kept is opaque, in the colour of the photo', () => {
    expect(touched([10, 20, 30, 77], [90, 91, 92, 255], 255)).toEqual([90, 91, 92, 255]);
  });

  test('half kept where nothing was takes the photo’s colour, not the black of an empty pixel', () => {
    const [red, , , alpha] = touched([0, 0, 0, 0], [200, 0, 0, 255], 192);
    expect(red).toBe(200);
    expect(alpha).toBeGreaterThan(100);
    expect(alpha).toBeLessThan(155);
  });
});

describe('undo and redo', () => {
  function paint(plane: Plane, history: TouchHistory, x: number): void {
    const before = plane.data.slice();
    history.record(dab(plane, { x, y: 10, radius: 4, mode: 'erase' }), before);
  }

  test('goes back stroke by stroke, and forth again', () => {
    const plane = createPlane(30, 20);
    const history = new TouchHistory(plane);
    const states = [plane.data.slice()];
    for (const x of [8, 11, 20]) {
      paint(plane, history, x);
      states.push(plane.data.slice());
    }
    for (const state of states.slice(0, -1).reverse()) {
      expect(history.undo()).not.toBeNull();
      expect(plane.data).toEqual(state);
    }
    expect(history.canUndo).toBe(false);
    expect(history.undo()).toBeNull();
    for (const state of states.slice(1)) {
      history.redo();
      expect(plane.data).toEqual(state);
    }
    expect(history.canRedo).toBe(false);
  });

  test('a new stroke ends what could be redone', () => {
    const plane = createPlane(30, 20);
    const history = new TouchHistory(plane);
    paint(plane, history, 8);
    history.undo();
    paint(plane, history, 20);
    expect(history.canRedo).toBe(false);
    expect(history.redo()).toBeNull();
  });
});
