/**
 * Spin waves: recompute or read? What an image costs each way, and what a stored spectrum takes.
 *   node packages/farm/bench/spectra.bench.mjs [--rows 16] [--repeat 3] [--case quick]
 * One worker; the two ways take turns on the same rows. CPU-seconds are of the whole process, so
 * other programs on the machine matter little; seconds are wall time inside the worker. Medians.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { instrumentText } from '../../instrument/dist/index.js';
import { drawPlan } from '../../sampling/dist/index.js';
import { checkStability, parseSpinModel, prepare } from '../../spinwave/dist/index.js';
import { generate, spectraTask } from '../dist/index.js';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '16' },
    repeat: { type: 'string', default: '3' },
    case: { type: 'string', default: '' },
  },
});
const pcsmo = new URL('../../../pipelines/pcsmo/', import.meta.url);
const read = (name) => readFileSync(new URL(name, pcsmo), 'utf8');
const { image } = parse(read('pipeline.yaml'));
/** Two sites, exchange along the beam: the grid of wavevectors has a third axis. */
const layered = `
format: spectraloom-spin-model/1
name: tetragonal antiferromagnet
label: tetragonal
lattice: { a: 5.4, b: 5.4, c: 6 }
parameters:
  J: { value: 4, unit: meV, prior: { uniform: [3, 5] } }
  Jc: { value: 1, unit: meV, prior: { uniform: [0.5, 1.5] } }
sites:
  - { label: A, position: [0, 0, 0], spin: 5/2, ion: Mn2, direction: [0, 0, 1] }
  - { label: B, position: [1/2, 1/2, 0], spin: 5/2, ion: Mn2, direction: [0, 0, -1] }
interactions:
  - { name: J, exchange: J, shell: 1, count: 4 }
  - { name: Jc, exchange: "-Jc", vector: [0, 0, 1] }
`;
const cases = [
  ['dimer, quick grid', read('models/dimer.yaml'), { ...image, pointsPerPixel: 1.5 }],
  ['dimer, full grid', read('models/dimer.yaml'), image],
  [
    'dispersing along the beam',
    layered,
    { ...image, axes: { h: [1, 0, 0], k: [0, 1, 0], beam: [0, 0, 1], left: [-1, 0, 0] } },
  ],
];
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const rows = Number(values.rows);

for (const [name, text, imageSpec] of cases) {
  if (!name.includes(values.case)) continue;
  const model = parseSpinModel(text);
  const prepared = prepare(model);
  const { label } = model;
  const accept = (p) =>
    checkStability(prepared, prepared.parameterVector(p), { grid: 8, stopAtFirst: true }).stable;
  const plan = drawPlan({
    models: [{ label, parameters: model.parameters, accept }],
    rowsPerModel: rows,
    seed: 1,
  });
  const job = { models: { [label]: text }, instrument: instrumentText('maps'), imageSpec };
  const base = mkdtempSync(join(tmpdir(), 'spectraloom-bench-'));
  let made = 0;
  const run = async (options) => {
    let costs;
    const outDir = join(base, String(made++));
    const before = process.cpuUsage();
    const manifest = await generate({
      plan,
      outDir,
      workers: 1,
      rowsPerShard: 8,
      onProgress: (p) => (costs = p.costs),
      ...options,
    });
    const { user, system } = process.cpuUsage(before);
    return { costs, manifest, outDir, cpu: (user + system) / 1e6 };
  };
  const spectra = [];
  const recomputed = [];
  const stored = [];
  for (let i = 0; i < Number(values.repeat); i++) {
    const s = await run({ job: { models: job.models, imageSpec }, taskModule: spectraTask });
    const { manifestHash } = s.manifest;
    spectra.push(s);
    recomputed.push(await run({ job }));
    stored.push(await run({ job: { ...job, spectra: { folder: s.outDir, manifestHash } } }));
  }
  const each = (runs, of) => +((1000 * median(runs.map(of))) / rows).toFixed(2);
  const bytes = spectra[0].manifest.shards.reduce((sum, s) => sum + s.bytes, 0);
  console.log(
    JSON.stringify({
      bench: 'spectra: recompute or read',
      case: name,
      rows,
      megabytesPerSpectrum: +(bytes / rows / 1e6).toFixed(2),
      msPerRow: {
        spinWaves: each(recomputed, (r) => r.costs.spinWavesSeconds),
        read: each(stored, (r) => r.costs.readSeconds),
        convolution: each(recomputed, (r) => r.costs.convolutionSeconds),
      },
      cpuMsPerRow: {
        recomputed: each(recomputed, (r) => r.cpu),
        fromStored: each(stored, (r) => r.cpu),
        storing: each(spectra, (r) => r.cpu),
      },
      loadavg: loadavg()[0].toFixed(1),
    }),
  );
  rmSync(base, { recursive: true });
}
