/** How the shards of a data set are spread over the tasks of an array. It never changes afterwards. */
export interface Bundles {
  readonly shards: number;
  /** Array task i makes shards i * shardsPerTask up to, but not including, (i + 1) * shardsPerTask. */
  readonly shardsPerTask: number;
  readonly tasks: number;
}

/**
 * The fewest shards a task that keeps the array within its limits. Depends on the number of shards
 * alone, not on which are missing: a resumed run gives every task the shards it had before.
 * @param options.maxTasks most tasks of the array (MaxArraySize, or less)
 * @param options.atLeast fewest shards a task, so that the start of Node pays and no CPU is idle
 */
export function bundleShards(
  shards: number,
  options: { maxTasks: number; atLeast?: number },
): Bundles {
  const fewest = Math.max(1, Math.min(options.atLeast ?? 1, shards));
  const shardsPerTask = Math.max(fewest, Math.ceil(shards / options.maxTasks));
  return { shards, shardsPerTask, tasks: Math.ceil(shards / shardsPerTask) };
}

/** The shards of one array task. */
export function shardsOfTask({ shards, shardsPerTask }: Bundles, task: number): number[] {
  const first = task * shardsPerTask;
  const count = Math.max(0, Math.min(shardsPerTask, shards - first));
  return Array.from({ length: count }, (_, i) => first + i);
}

/** The array tasks that make these shards, ascending. */
export function tasksOfShards(bundles: Bundles, shards: Iterable<number>): number[] {
  const tasks = new Set<number>();
  for (const shard of shards) tasks.add(Math.floor(shard / bundles.shardsPerTask));
  return [...tasks].sort((a, b) => a - b);
}

/** `0-3,7,9-10`: ascending indices as sbatch's --array takes them. */
export function arrayRanges(indices: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < indices.length;) {
    let j = i;
    while (indices[j + 1] === indices[j]! + 1) j++;
    parts.push(j > i ? `${indices[i]}-${indices[j]}` : `${indices[i]}`);
    i = j + 1;
  }
  return parts.join(',');
}
