/** How far generation has come. */
export interface GenerateProgress {
  readonly rowsDone: number;
  readonly rowsTotal: number;
  /** Of the rows done, those that were there already. */
  readonly rowsKept: number;
  readonly shardsDone: number;
  readonly shardsTotal: number;
  readonly shardsKept: number;
  /** Attempts that failed and were made again. */
  readonly retries: number;
  /** Bytes of finished shards made by this run. */
  readonly bytesWritten: number;
  /** Over the last half minute; 0 until there is a row. */
  readonly rowsPerSecond: number;
  readonly megabytesPerSecond: number;
  /** Infinity until there is a rate. */
  readonly secondsLeft: number;
  readonly elapsedSeconds: number;
  /** Resident memory of the process with all its workers. */
  readonly memoryBytes: number;
  /** What the task says its finished shards of this run cost, summed over workers. */
  readonly costs: Readonly<Record<string, number>>;
}

/** Counts of a run; the meter reads them. */
export interface Counts {
  rowsKept: number;
  shardsDone: number;
  shardsKept: number;
  retries: number;
  bytesWritten: number;
  costs: Record<string, number>;
}

const windowSeconds = 30;

/** Turns counts into rates. */
export class ProgressMeter {
  readonly counts: Counts = {
    rowsKept: 0,
    shardsDone: 0,
    shardsKept: 0,
    retries: 0,
    bytesWritten: 0,
    costs: {},
  };
  readonly #start = performance.now();
  /** Seconds since the start and rows made by then; the oldest is at most a window old. */
  readonly #samples: [seconds: number, made: number][] = [[0, 0]];

  /** @param slots rows simulated so far, by shard */
  constructor(
    private readonly slots: Int32Array,
    private readonly rowsTotal: number,
    private readonly shardsTotal: number,
  ) {}

  read(): GenerateProgress {
    const elapsedSeconds = (performance.now() - this.#start) / 1000;
    let rowsDone = 0;
    for (let i = 0; i < this.shardsTotal; i++) rowsDone += Atomics.load(this.slots, i);
    const made = rowsDone - this.counts.rowsKept;
    this.#samples.push([elapsedSeconds, made]);
    while (this.#samples.length > 2 && this.#samples[1]![0] < elapsedSeconds - windowSeconds) {
      this.#samples.shift();
    }
    const [since, before] = this.#samples[0]!;
    const rowsPerSecond = Math.max(0, made - before) / Math.max(1e-3, elapsedSeconds - since);
    return {
      ...this.counts,
      costs: { ...this.counts.costs },
      rowsDone,
      rowsTotal: this.rowsTotal,
      shardsTotal: this.shardsTotal,
      rowsPerSecond,
      megabytesPerSecond: this.counts.bytesWritten / 1e6 / Math.max(1e-3, elapsedSeconds),
      secondsLeft: rowsPerSecond > 0 ? (this.rowsTotal - rowsDone) / rowsPerSecond : Infinity,
      elapsedSeconds,
      memoryBytes: process.memoryUsage.rss(),
    };
  }
}
