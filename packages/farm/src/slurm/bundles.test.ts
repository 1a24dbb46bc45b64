import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arrayRanges, bundleShards, shardsOfTask, tasksOfShards } from './bundles.js';

const sizes = fc.record({
  shards: fc.integer({ min: 1, max: 20_000 }),
  maxTasks: fc.integer({ min: 1, max: 1001 }),
  atLeast: fc.integer({ min: 1, max: 40 }),
});

test('every shard is in one task, none is empty, and the array keeps its limit', () => {
  fc.assert(
    fc.property(sizes, ({ shards, maxTasks, atLeast }) => {
      const bundles = bundleShards(shards, { maxTasks, atLeast });
      expect(bundles.tasks).toBeLessThanOrEqual(maxTasks);
      const seen: number[] = [];
      for (let task = 0; task < bundles.tasks; task++) {
        const mine = shardsOfTask(bundles, task);
        expect(mine.length).toBeGreaterThan(0);
        expect(tasksOfShards(bundles, mine)).toEqual([task]);
        seen.push(...mine);
      }
      expect(seen).toEqual(Array.from({ length: shards }, (_, i) => i));
      expect(shardsOfTask(bundles, bundles.tasks)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('shards are bundled only as far as the limit asks', () => {
  expect(bundleShards(1001, { maxTasks: 1001 })).toMatchObject({ shardsPerTask: 1, tasks: 1001 });
  expect(bundleShards(1002, { maxTasks: 1001 })).toMatchObject({ shardsPerTask: 2, tasks: 501 });
  expect(bundleShards(3, { maxTasks: 1001, atLeast: 8 })).toMatchObject({ tasks: 1 });
});

test('arrayRanges names exactly the indices', () => {
  expect(arrayRanges([0, 1, 2, 3, 7, 9, 10])).toBe('0-3,7,9-10');
  const indices = fc.uniqueArray(fc.nat(300), { minLength: 1 }).map((l) => l.sort((a, b) => a - b));
  fc.assert(
    fc.property(indices, (list) => {
      const back = arrayRanges(list)
        .split(',')
        .flatMap((part) => {
          const [first, last = first] = part.split('-').map(Number);
          return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i);
        });
      expect(back).toEqual(list);
    }),
  );
});
