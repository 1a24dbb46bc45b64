/**
 * Seconds a training step (batch 32, images of 240 x 400) on each backend there is, beside PyTorch
 * on the same machine. The processes take turns, one step each, so that what else the machine does
 * falls on all of them; the ratios are of the fastest steps.
 *
 *   npm run bench -- training-step-pytorch
 *   node packages/models/bench/training-step-pytorch.bench.mjs [--rounds 5] [--batch 32]
 *     [--networks cnn-gap,cnn-dense,vae,ednn] [--backends tensorflow,webgpu,wasm]
 *
 * PyTorch: the Python that SPECTRALOOM_TORCH_PYTHON names, else python3; without it, no ratios.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    batch: { type: 'string', default: '32' },
    networks: { type: 'string', default: 'cnn-gap,cnn-dense,vae,ednn' },
    backends: { type: 'string', default: 'tensorflow,webgpu,wasm' },
    cuda: { type: 'boolean', default: false },
  },
});
const here = (name) => fileURLToPath(new URL(`./training-step/${name}`, import.meta.url));
const python = process.env.SPECTRALOOM_TORCH_PYTHON ?? 'python3';

/** A worker process: `step()` does one step, `first` is what it said about itself. */
async function start(label, command, args) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const failed = new Promise((resolve) => child.on('error', (e) => resolve({ error: e.message })));
  const ended = new Promise((resolve) => {
    child.on('exit', (code, signal) => resolve({ error: `ended (${signal ?? code})` }));
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    for (;;) {
      const line = await Promise.race([lines.next(), failed, ended]);
      if ('error' in line) return line;
      if (line.done) return { error: 'ended' };
      if (line.value.startsWith('{')) return JSON.parse(line.value);
    }
  };
  const first = await next();
  const step = async () => {
    child.stdin.write('step\n');
    return next();
  };
  return { label, first, step, stop: () => child.kill(), steps: [] };
}

async function measure(network) {
  const { batch, rounds } = values;
  const workers = [];
  for (const layout of network === 'ednn' ? [''] : ['', '--channels-last']) {
    const flags = [layout, values.cuda ? '--cuda' : ''].filter(Boolean);
    const label = `PyTorch${layout ? ', channels last' : ''}`;
    workers.push(await start(label, python, [here('torch_worker.py'), network, batch, ...flags]));
  }
  for (const name of values.backends.split(',')) {
    workers.push(await start(name, process.execPath, [here('worker.mjs'), name, network, batch]));
  }
  const alive = workers.filter(({ label, first }) => {
    if (first.error) console.log(`  ${label}: skipped, ${first.error}`);
    return !first.error;
  });
  const repeats = network === 'ednn' ? 20 * Number(rounds) : Number(rounds);
  for (let round = 0; round <= repeats; round++) {
    for (const worker of alive) {
      if (worker.error) continue;
      const answer = await worker.step();
      if (answer.error) worker.error = answer.error;
      else if (round > 0) worker.steps.push(answer); // the first compiles and allocates
    }
  }
  for (const worker of workers) worker.stop();
  report(network, alive);
}

function report(network, workers) {
  const counts = new Set(workers.map(({ first }) => first.parameters));
  console.log(`\n${network}: ${[...counts].join(' / ')} parameters, batch ${values.batch}`);
  if (counts.size > 1) console.log('  the networks differ: the ratios mean nothing');
  const best = (worker, key) => Math.min(...worker.steps.map((step) => step[key]));
  const median = (worker) =>
    worker.steps.map(({ ms }) => ms).sort((a, b) => a - b)[worker.steps.length >> 1];
  const done = workers.filter((w) => !w.error && w.steps.length > 0);
  const torch = done.filter(({ label }) => label.startsWith('PyTorch'));
  const base = (key) => Math.min(...torch.map((worker) => best(worker, key)));
  const rows = done.map((worker) => {
    const [wall, cpu] = [best(worker, 'ms'), best(worker, 'cpuMs')];
    return {
      device: `${worker.label} (${worker.first.device})`,
      'best s': (wall / 1e3).toPrecision(3),
      'median s': (median(worker) / 1e3).toPrecision(3),
      'cpu s': (cpu / 1e3).toPrecision(3),
      'x PyTorch': torch.length ? (wall / base('ms')).toFixed(2) : '',
      'x its cpu': torch.length ? (cpu / base('cpuMs')).toFixed(2) : '',
      'peak MB': Math.round(best(worker, 'peakMB')),
    };
  });
  console.table(rows);
  for (const { label, error } of workers) if (error) console.log(`  ${label}: failed, ${error}`);
}

for (const network of values.networks.split(',')) await measure(network);
