/**
 * What a Slurm task costs beyond its work, on a private cluster of this machine (two slots).
 *   node packages/farm/bench/slurm.bench.mjs [--tasks 20]
 * `process`: one array task without Slurm, by bash's `time`: start of Node, reading the plan, one
 * shard of almost no work. `array`: that many tasks through Slurm with the merge job. `direct`: the
 * same shards by the local engine with two workers. Prints a skip where Slurm cannot be had.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drawPlan } from '../../sampling/dist/index.js';
import { localEngine, slurmEngine } from '../dist/index.js';

const { values } = parseArgs({ options: { tasks: { type: 'string', default: '20' } } });
const tasks = Number(values.tasks);
const tool = fileURLToPath(new URL('../../../tools/slurm-test-cluster/main.mjs', import.meta.url));
const started = spawnSync(
  process.execPath,
  [tool, 'start', '--json', '--cpus', '2', '--owner', String(process.pid)],
  { encoding: 'utf8' },
);
if (started.status !== 0) {
  console.log(`skipped: ${started.stderr.trim()}`);
  process.exit(started.status === 3 ? 0 : 1);
}
const { dir, env: own } = JSON.parse(started.stdout);
const env = { ...process.env, ...own };
const base = mkdtempSync(join(tmpdir(), 'spectraloom-bench-'));
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
try {
  const prior = { kind: 'uniform', min: 0, max: 1 };
  const plan = drawPlan({
    models: [{ label: 'a', parameters: [{ name: 'J', unit: 'meV', prior }] }],
    rowsPerModel: tasks,
    seed: 1,
  });
  const options = (name) => ({
    plan,
    job: { steps: 1000 },
    taskModule: new URL('./busy-task.mjs', import.meta.url).href,
    rowsPerShard: 1,
    outDir: join(base, name),
  });
  const seconds = async (run) => {
    const since = performance.now();
    await run();
    return (performance.now() - since) / 1000;
  };
  const direct = await seconds(() => localEngine.generate({ ...options('direct'), workers: 2 }));
  const events = [];
  const engine = slurmEngine({
    env,
    pollMs: 200,
    onEvent: (e) => events.push([performance.now(), e]),
  });
  const since = performance.now();
  const array = await seconds(() => engine.generate(options('array')));
  const submitted = (events.find(([, e]) => e.type === 'submitted')[0] - since) / 1000;
  // A task by itself: of a folder whose array was submitted and cancelled.
  const alone = slurmEngine({ env, profile: { sbatch: ['--begin=now+1hour'] } });
  await alone.submit(options('alone'));
  execFileSync('scancel', ['--state=PENDING'], { env });
  const entry = fileURLToPath(new URL('../dist/slurm/job.js', import.meta.url));
  const request = join(base, 'alone', 'slurm', 'request.json');
  const runs = Array.from({ length: Math.min(7, tasks) }, (_, index) => {
    const script = 'TIMEFORMAT="%R %U %S"; time "$0" "$@"';
    const args = ['-c', script, process.execPath, entry, 'task', request, String(index)];
    const { stderr } = spawnSync('bash', args, { encoding: 'utf8' });
    const [wall, user, system] = stderr.trim().split(/\s+/).slice(-3).map(Number);
    return { wall, cpu: user + system };
  });
  console.log(
    JSON.stringify({
      bench: 'slurm: overhead of a task',
      tasks,
      submitSeconds: +submitted.toFixed(2),
      process: {
        cpuSeconds: median(runs.map((r) => r.cpu)),
        seconds: median(runs.map((r) => r.wall)),
      },
      array: {
        seconds: +array.toFixed(1),
        secondsPerTaskAndSlot: +((2 * array) / tasks).toFixed(2),
      },
      direct: { seconds: +direct.toFixed(1) },
      loadavg: loadavg()[0].toFixed(1),
    }),
  );
} finally {
  rmSync(base, { recursive: true, force: true });
  execFileSync(process.execPath, [tool, 'stop', '--dir', dir]);
}
