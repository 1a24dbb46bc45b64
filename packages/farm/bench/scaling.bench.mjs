/**
 * Rows a second with 1 and 2 workers, and what pool and shards cost over bare computation.
 *   node packages/farm/bench/scaling.bench.mjs [--rows 192] [--milliseconds 40]
 * The task computes for a fixed time a row (busy, not asleep) and fills a 240 x 400 image. Bare: the
 * same calls in a loop of one thread, nothing written. Runs are interleaved, medians printed as JSON.
 * Rates and `efficiencyAtTwo` are by the clock and mean something on an idle machine alone (see
 * loadavg). The CPU figures are of the whole process with its threads: what pool and shards cost in
 * CPU over bare computation, and how much CPU two workers take for what one takes.
 * `withoutWork`: rows that cost nothing, a short and a long run: the slope is what pool and shards take
 * a row (384 kB hashed, written, synced), the rest is the start of a worker; noise of the work itself
 * does not enter, so this is the figure to trust on a shared machine.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { drawPlan } from '../../sampling/dist/index.js';
import { generate } from '../dist/index.js';
import { createTask } from './busy-task.mjs';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '192' },
    milliseconds: { type: 'string', default: '40' },
    repeat: { type: 'string', default: '3' },
  },
});
const rows = Number(values.rows);
const milliseconds = Number(values.milliseconds);
const taskModule = new URL('./busy-task.mjs', import.meta.url).href;
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

// The same number of steps everywhere: a time limit would hide contention.
const steps = createTask({ calibrate: milliseconds }).steps;
const job = { steps };
const cpuSince = (before) => {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
};
const bare = () => {
  const task = createTask(job);
  const before = process.cpuUsage();
  const start = performance.now();
  for (const row of plan) task.simulate(row);
  return { whole: (performance.now() - start) / 1000, cpu: cpuSince(before) };
};
const planOf = (rowsPerModel) =>
  drawPlan({
    models: [
      {
        label: 'a',
        parameters: [{ name: 'J', unit: 'meV', prior: { kind: 'uniform', min: 0, max: 1 } }],
      },
    ],
    rowsPerModel,
    seed: 1,
  });
const plan = planOf(rows);
const farm = async (workers, work = job, rowsOf = plan) => {
  const outDir = mkdtempSync(join(tmpdir(), 'spectraloom-bench-'));
  let firstRow = 0;
  const before = process.cpuUsage();
  const start = performance.now();
  await generate({
    plan: rowsOf,
    job: work,
    outDir,
    workers,
    taskModule,
    rowsPerShard: 32,
    progressEveryMs: 10,
    onProgress: (p) => {
      if (firstRow === 0 && p.rowsDone > 0) firstRow = performance.now();
    },
  });
  const end = performance.now();
  const cpu = cpuSince(before);
  rmSync(outDir, { recursive: true });
  return { cpu, whole: (end - start) / 1000, startUp: (firstRow - start) / 1000 };
};

const short = planOf(64);
const long = planOf(576);
const times = {
  shortCpu: [],
  longCpu: [],
  bare: [],
  one: [],
  two: [],
  startUp: [],
  bareCpu: [],
  oneCpu: [],
  twoCpu: [],
};
for (let i = 0; i < Number(values.repeat); i++) {
  const none = bare();
  times.bare.push(none.whole);
  times.bareCpu.push(none.cpu);
  const one = await farm(1);
  times.one.push(one.whole);
  times.oneCpu.push(one.cpu);
  times.startUp.push(one.startUp);
  const two = await farm(2);
  times.two.push(two.whole);
  times.twoCpu.push(two.cpu);
  times.shortCpu.push((await farm(1, { steps: 1 }, short)).cpu);
  times.longCpu.push((await farm(1, { steps: 1 }, long)).cpu);
}
const m = Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)]));
const perRow = (m.longCpu - m.shortCpu) / (576 - 64);
console.log(
  JSON.stringify(
    {
      rows,
      millisecondsPerRow: (m.bare / rows) * 1000,
      rowsPerSecond: { bare: rows / m.bare, one: rows / m.one, two: rows / m.two },
      startUpSeconds: m.startUp,
      overheadOfPoolAndShards: m.one / m.bare - 1,
      efficiencyAtTwo: m.one / m.two / 2,
      cpuOverheadOfPoolAndShards: m.oneCpu / m.bareCpu - 1,
      cpuOfTwoWorkersOverOne: m.twoCpu / m.oneCpu,
      withoutWork: {
        cpuMillisecondsPerRow: perRow * 1000,
        startCpuSeconds: m.shortCpu - 64 * perRow,
        ofRowsOf40ms: perRow / 0.04,
        ofRowsOf250ms: perRow / 0.25,
      },
      loadavg: loadavg()[0],
    },
    null,
    1,
  ),
);
