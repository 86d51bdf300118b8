import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { compileKernels } from '../../../scripts/build-kernels.ts';
import { layOut } from '../../../src/domain/matting/kernels.ts';

const ROOT = new URL('../../../', import.meta.url);

describe('the kernels', () => {
  it('are built from their source', async () => {
    const built = await readFile(new URL('src/domain/matting/kernels-wasm.ts', ROOT), 'utf8');
    expect(await compileKernels(ROOT)).toBe(built);
  });

  it('make bytes of floats as rounding does, and 0 of what is no number', () => {
    const floats = [0, 1, 0.5, 0.4999, -0.2, 1.7, Number.NaN, Infinity, -Infinity, 1 / 255, 0.5 / 255, 0.499 / 255];
    const memory = layOut(floats.length * 4, floats.length);
    memory.floats(0).set(floats);
    memory.run.quantise(memory.addresses[0] ?? 0, memory.addresses[1] ?? 0, floats.length);
    expect([...memory.bytes(1)]).toEqual([0, 255, 128, 127, 0, 255, 0, 255, 0, 1, 1, 0]);
  });

  it('refuse to work in a memory that has been laid out anew', () => {
    const first = layOut(64, 64);
    layOut(16);
    expect(() => first.run).toThrow('laid out anew');
  });
});
