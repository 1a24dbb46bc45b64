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
console.log(JSON.stringify({ rows, seconds }, null, 1));
