import { describe, expect, test } from 'vitest';
import { bytesOfChild, countChildren, idleMemoryOf, shareThreads } from '../../src/domain/threads.ts';

describe('threads of an order', () => {
  test.each([
    // Two cores: both, or one each.
    { orders: 1, children: 2, threads: 2, expected: 2 },
    { orders: 2, children: 2, threads: 2, expected: 1 },
    { orders: 9, children: 2, threads: 2, expected: 1 },
    // Four cores: in between, two for two.
    { orders: 1, children: 4, threads: 4, expected: 4 },
    { orders: 2, children: 4, threads: 4, expected: 2 },
    { orders: 3, children: 4, threads: 4, expected: 1 },
    // Sixty-four cores: eight each, as long as there are not more than eight.
    { orders: 1, children: 64, threads: 64, expected: 64 },
    { orders: 8, children: 64, threads: 64, expected: 8 },
    { orders: 9, children: 64, threads: 64, expected: 1 },
    // Fewer children than cores leave none idle.
    { orders: 5, children: 1, threads: 16, expected: 16 },
    { orders: 2, children: 2, threads: 16, expected: 8 },
    { orders: 9, children: 4, threads: 16, expected: 4 },
    // More children than cores.
    { orders: 8, children: 8, threads: 2, expected: 1 },
  ])('$orders at once, $children children, $threads cores: $expected', ({ expected, ...share }) => {
    expect(shareThreads(share)).toBe(expected);
  });

  test('are never more together than there are, unless there are more children than threads', () => {
    for (let threads = 1; threads <= 64; threads++) {
      for (let children = 1; children <= threads; children++) {
        for (let orders = 1; orders <= children; orders++) {
          expect(orders * shareThreads({ orders, children, threads })).toBeLessThanOrEqual(threads);
        }
      }
    }
  });
});

describe('children of a machine', () => {
  const GB = 1_000_000_000;
  const isnet = 176_116_551;

  test.each([
    { threads: 2, memoryBytes: 24 * GB, modelBytes: isnet, expected: 2 },
    { threads: 64, memoryBytes: 256 * GB, modelBytes: isnet, expected: 64 },
    // Memory bounds them.
    { threads: 8, memoryBytes: 4 * GB, modelBytes: isnet, expected: 2 },
    { threads: 8, memoryBytes: 16 * GB, modelBytes: GB, expected: 3 },
    // One there is always.
    { threads: 8, memoryBytes: GB / 2, modelBytes: isnet, expected: 1 },
  ])('of $threads cores and $memoryBytes bytes for a model of $modelBytes: $expected', ({ expected, ...machine }) => {
    expect(countChildren(machine)).toBe(expected);
  });
});

test('a child may keep what its sessions need, whatever the model', () => {
  expect(idleMemoryOf(177_000_000)).toBe(2048);
  for (const modelBytes of [177_000_000, 973_000_000, 4_000_000_000])
    expect(idleMemoryOf(modelBytes) * 2 ** 20).toBeGreaterThan(bytesOfChild(modelBytes));
});
