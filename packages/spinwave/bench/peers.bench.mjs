/**
 * The same systems by pySpinW (its Python kernel, and its compiled one where the wheel has it), on one
 * thread, with the largest difference of energies. Needs a Python with pyspinw:
 *   python3 -m venv /tmp/peers && /tmp/peers/bin/pip install pyspinw
 *   SPECTRALOOM_PEERS_PYTHON=/tmp/peers/bin/python node packages/spinwave/bench/peers.bench.mjs
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseSpinModel, prepare, spectrum } from '../dist/index.js';
import { antiferromagnet, chain, general, triangular } from './models.mjs';

const python = process.env.SPECTRALOOM_PEERS_PYTHON;
if (!python || !existsSync(python)) {
  console.log('skipped: SPECTRALOOM_PEERS_PYTHON does not name a Python with pyspinw');
  process.exit(0);
}
const pcsmoFile = new URL('../../../pipelines/pcsmo/models/goodenough.yaml', import.meta.url);
const texts = [chain, antiferromagnet, general, triangular(3)];
if (existsSync(pcsmoFile)) texts.push(readFileSync(pcsmoFile, 'utf8'));

let s = 7;
const random = () => (s = (Math.imul(s, 1103515245) + 12345) >>> 0) / 4294967296;
const systems = texts.map((text) => {
  const prepared = prepare(parseSpinModel(text), { path: 'general' });
  const { model, internals } = prepared;
  const p = [...prepared.parameterVector(), 1];
  const sum = (terms) =>
    Array.from({ length: 9 }, (_, k) =>
      terms.reduce((t, x) => t + p[x.parameter < 0 ? p.length - 1 : x.parameter] * x.matrix[k], 0),
    );
  const couplings = model.bonds.flatMap((b) => {
    const m = sum(b.exchange);
    const t = [0, 3, 6, 1, 4, 7, 2, 5, 8].map((k) => m[k]);
    return [
      { i: b.from, j: b.to, m, d: b.cell },
      { i: b.to, j: b.from, m: t, d: b.cell.map((v) => -v) },
    ];
  });
  for (const a of model.anisotropies) {
    const m = sum(a.matrix);
    const twice = m.map((v, k) => v + m[[0, 3, 6, 1, 4, 7, 2, 5, 8][k]]);
    couplings.push({ i: a.site, j: a.site, m: twice, d: [0, 0, 0] });
  }
  const frames = internals.expansion.frames;
  const n = model.supercell;
  const count = model.sites.length > 8 ? 3000 : 20000;
  return {
    prepared,
    name: model.name,
    rotations: frames.map((f) => [0, 1, 2].flatMap((a) => [f.e1[a], f.e2[a], f.e3[a]])),
    magnitudes: model.sites.map((x) => x.spin),
    couplings,
    positions: model.sites.map((x) => x.position),
    reciprocal: model.lattice.reciprocal,
    // of the magnetic cell
    q: Array.from({ length: 3 * count }, (_, k) => random() * n[k % 3]),
    few: 300,
  };
});
const input = JSON.stringify(systems.map((system) => ({ ...system, prepared: undefined })));
const run = spawnSync(python, [fileURLToPath(new URL('peers.py', import.meta.url))], {
  input,
  encoding: 'utf8',
  maxBuffer: 1 << 28,
  env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', RAYON_NUM_THREADS: '1' },
});
if (run.status !== 0) {
  console.error(run.stderr);
  process.exit(1);
}
const format = (x) => Math.round(x).toLocaleString('en').padStart(10);
console.log('modes and S_perp, q-points a second on one core');
for (const [k, line] of run.stdout.trim().split('\n').entries()) {
  const peer = JSON.parse(line);
  const { prepared, q, name } = systems[k];
  const { supercell, sites } = prepared.model;
  const p = prepared.parameterVector();
  const own = Float64Array.from(q, (v, i) => v / supercell[i % 3]);
  const auto = prepare(prepared.model);
  const rates = [prepared, auto].map((x) => {
    let best = 0;
    for (let r = 0; r < 3; r++) {
      const list = own.map((v) => v + 0.011 * r);
      const from = process.cpuUsage();
      spectrum(x, p, list, { formFactor: 'none' });
      const { user, system } = process.cpuUsage(from);
      best = Math.max(best, (1e6 * (q.length / 3)) / (user + system));
    }
    return best;
  });
  const few = spectrum(prepared, p, own.slice(0, 24), { formFactor: 'none' });
  const n = sites.length;
  let worst = 0;
  for (const kind of ['python', 'rust']) {
    peer[kind]?.energies.forEach((row, i) =>
      row.forEach((e, m) => (worst = Math.max(worst, Math.abs(e - few.energiesMeV[i * n + m])))),
    );
  }
  const peers = ['python', 'rust'].map(
    (x) => `pySpinW ${x} ${peer[x] ? format(peer[x].rate) : '-'}`,
  );
  console.log(
    `${name}\n  general ${format(rates[0])}, ${auto.path} ${format(rates[1])}, ${peers.join(', ')}; energies differ by ${worst.toExponential(1)} meV`,
  );
}
