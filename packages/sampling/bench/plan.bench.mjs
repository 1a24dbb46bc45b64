/** Rows planned a second, acceptance trivial: node packages/sampling/bench/plan.bench.mjs [--rows 100000] */
import { parseArgs } from 'node:util';
import { designKinds, drawPlan, planFromJson, planToText } from '../dist/index.js';

const { values } = parseArgs({ options: { rows: { type: 'string', default: '100000' } } });
const prior = { kind: 'uniform', min: -1, max: 1 };
const parameters = ['J1', 'J2', 'J3', 'J4', 'J5', 'D'].map((name) => ({
  name,
  unit: 'meV',
  prior,
}));
const rows = Number(values.rows);
const seconds = {};
for (const design of designKinds) {
  const start = performance.now();
  const plan = drawPlan({
    models: [
      { label: 'a', parameters, accept: (p) => p.J1 > 0 },
      { label: 'b', parameters },
    ],
    rowsPerModel: rows / 2,
    seed: 1,
    design,
  });
  const drawn = performance.now();
  const text = planToText(plan);
  planFromJson(text);
  seconds[design] = {
    draw: (drawn - start) / 1000,
    writeAndRead: (performance.now() - drawn) / 1000,
    megabytes: text.length / 1e6,
  };
}
// Every kind of prior, two of the parameters correlated, a constraint and a verdict that reject.
const start = performance.now();
const mixed = drawPlan({
  models: [
    {
      label: 'a',
      parameters: [
        { name: 'J1', unit: 'meV', prior: { kind: 'uniform', min: -1, max: 1 } },
        { name: 'J2', unit: 'meV', prior: { kind: 'log-uniform', min: 1e-3, max: 10 } },
        { name: 'J3', unit: 'meV', prior: { kind: 'normal', mean: 0, sd: 1 } },
        { name: 'J4', unit: 'meV', prior: { kind: 'normal', mean: 0, sd: 1, min: -0.5, max: 3 } },
        { name: 'S', unit: '', prior: { kind: 'grid', values: [0.5, 1, 1.5, 2] } },
        { name: 'g', unit: '', prior: { kind: 'fixed', value: 2 } },
      ],
      correlation: {
        parameters: ['J1', 'J3'],
        matrix: [
          [1, 0.8],
          [0.8, 1],
        ],
      },
      constraints: ['J1 < J4'],
      accept: (p) => (p.J2 > 0.01 ? true : { accepted: false, reason: 'unstable' }),
    },
  ],
  rowsPerModel: rows,
  seed: 1,
});
const [{ attempts, acceptanceRate, rejectedBy }] = mixed.models;
const allPriors = {
  draw: (performance.now() - start) / 1000,
  attempts,
  acceptanceRate,
  rejectedBy,
};
console.log(JSON.stringify({ rows, seconds, allPriors }, null, 1));
