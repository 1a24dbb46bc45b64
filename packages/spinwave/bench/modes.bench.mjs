/**
 * q-points a second on one core: modes with amplitudes, S_perp on top, energies; general and reduced
 * path; a new parameter set on a 64 x 64 zone grid. Run against dist:
 *   node --expose-gc packages/spinwave/bench/modes.bench.mjs [--large]
 * --large adds the 2N x 2N path of the 726-spin cell, which takes minutes.
 */
import { existsSync, readFileSync } from 'node:fs';
import { checkStability, parseSpinModel, prepare, spectrum } from '../dist/index.js';
import { antiferromagnet, chain, largeCell, triangular } from './models.mjs';

const pcsmoFile = new URL('../../../pipelines/pcsmo/models/goodenough.yaml', import.meta.url);
const cases = [
  ['chain, 1 site', chain, 200_000, 50_000],
  ['antiferromagnet, 2 sites', antiferromagnet, 100_000, 30_000],
  ['triangular 3 x 3, 9 sites', triangular(3), 10_000, 3_000],
];
if (existsSync(pcsmoFile)) {
  cases.push(['PCSMO, 16 sites', readFileSync(pcsmoFile, 'utf8'), 10_000, 2_000]);
}
cases.push([
  'square 22 x 33, 726 sites',
  largeCell(22, 33),
  4,
  process.argv.includes('--large') ? 1 : 0,
]);

function wavevectors(n) {
  let s = 12345;
  const random = () => (s = (Math.imul(s, 1103515245) + 12345) >>> 0) / 4294967296;
  return Float64Array.from({ length: 3 * n }, random);
}

/** CPU time, which other work on the machine does not stretch as it does wall time. */
function cpuSeconds(f) {
  const from = process.cpuUsage();
  f();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1e6;
}

/** Best of `rounds`, in calls a second; lists differ from round to round, so nothing is remembered. */
function rate(count, rounds, f) {
  let best = 0;
  for (let r = 0; r < rounds; r++) {
    const q = wavevectors(count).map((v) => v + r * 0.0137);
    globalThis.gc?.();
    const seconds = cpuSeconds(() => f(q));
    best = Math.max(best, count / seconds);
  }
  return best;
}

const format = (x) => (x >= 1000 ? Math.round(x).toLocaleString('en') : x.toPrecision(3));
console.log(
  'q-points a second, one core'.padEnd(28),
  'path'.padEnd(18),
  'modes'.padStart(10),
  'S_perp'.padStart(10),
);
for (const [name, text, reduced, general] of cases) {
  const model = parseSpinModel(text);
  for (const [path, count] of [
    ['general', general],
    ['auto', reduced],
  ]) {
    if (count === 0) continue;
    const from = performance.now();
    const prepared = prepare(model, { path });
    const setup = performance.now() - from;
    const p = prepared.parameterVector();
    const large = model.sites.length > 100;
    const rounds = large ? 1 : 4;
    const modes = rate(count, rounds, (q) => prepared.modes(q, p));
    const sPerp =
      large && path === 'general'
        ? Number.NaN
        : rate(count, rounds, (q) => spectrum(prepared, p, q));
    console.log(
      name.padEnd(28),
      prepared.path.padEnd(18),
      format(modes).padStart(10),
      (Number.isNaN(sPerp) ? '-' : format(sPerp)).padStart(10),
      `  prepare ${setup.toFixed(0)} ms`,
    );
  }
}

if (existsSync(pcsmoFile)) {
  const prepared = prepare(parseSpinModel(readFileSync(pcsmoFile, 'utf8')));
  const n = 64;
  const q = new Float64Array(3 * n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) q.set([(i + 0.5) / n, (j + 0.5) / n, 0], 3 * (i * n + j));
  const times = [];
  const p = prepared.parameterVector();
  for (let r = 0; r < 6; r++) {
    p[0] *= 1.001;
    times.push(1000 * cpuSeconds(() => prepared.modes(q, p)));
  }
  console.log(
    `PCSMO, a new parameter set on a 64 x 64 zone grid: ${Math.min(...times.slice(1)).toFixed(1)} ms`,
  );
  let points = 0;
  const ms =
    1000 * cpuSeconds(() => ({ points } = checkStability(prepared, prepared.parameterVector())));
  console.log(`PCSMO, stability over the zone (${points} points): ${ms.toFixed(1)} ms`);
}
