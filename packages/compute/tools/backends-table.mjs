/**
 * Writes docs/backends.md: what the device suite finds on every backend of this machine.
 *
 *   npx tsc -b packages/compute/tsconfig.lib.json && node packages/compute/tools/backends-table.mjs
 *
 * Each backend runs in a process of its own. One that is not there keeps no column: run it where
 * all are (tools/native-tensorflow built; a GPU, or Chromium's SwiftShader).
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { useSwiftShader } from '../../../tools/vitest/swiftshader.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const [flag, name] = process.argv.slice(2);
const marker = 'suite: ';

if (flag === '--backend') {
  const { knownGaps, runDeviceSuite, selectBackend } = await import('../dist/index.js');
  let answer;
  try {
    const { device, provider, kernels } = await selectBackend({ require: name });
    answer = { device, provider, kernels, results: await runDeviceSuite(), knownGaps };
  } catch (error) {
    answer = { error: error.got ?? error.message };
  }
  console.log(marker + JSON.stringify(answer));
  process.exit(0);
}

if (!process.env.VK_DRIVER_FILES) useSwiftShader();
const { env } = process;

const backends = {};
for (const backend of ['tensorflow', 'webgpu', 'wasm']) {
  const args = [fileURLToPath(import.meta.url), '--backend', backend];
  const stdio = ['ignore', 'pipe', 'ignore'];
  const output = execFileSync(process.execPath, args, {
    env,
    stdio,
    maxBuffer: 2 ** 26,
  }).toString();
  const line = output.split('\n').find((text) => text.startsWith(marker));
  const answer = JSON.parse(line.slice(marker.length));
  if (answer.error) console.log(`${backend}: not run, ${answer.error}`);
  else backends[backend] = answer;
}

const orders = ['forward', 'gradient', 'second'];
const names = Object.keys(backends);
const groups = { layer: 'Layers', loss: 'Losses', operation: 'Operations' };

/** How a case fares in one order: the worst outcome over its shapes. */
function outcome(results, caseName, order) {
  const found = results.filter((r) => r.name === caseName && r.order === order);
  if (found.length === 0) return '';
  return ['error', 'wrong', 'right'].find((o) => found.some((r) => r.outcome === o));
}

function cell(results, caseName) {
  const outcomes = orders.map((order) => outcome(results, caseName, order));
  const bad = orders.filter((_, i) => outcomes[i] === 'error' || outcomes[i] === 'wrong');
  if (bad.length === 0)
    return outcomes[2] === '' ? (outcomes[1] === '' ? 'values' : 'to 1st') : 'to 2nd';
  return bad.map((order) => `**${order} ${outcome(results, caseName, order)}**`).join(', ');
}

function table(group) {
  const cases = [
    ...new Set(backends[names[0]].results.filter((r) => r.group === group).map((r) => r.name)),
  ];
  return [
    `| ${groups[group]} | ${names.join(' | ')} |`,
    `| --- |${' --- |'.repeat(names.length)}`,
    ...cases.map((c) => `| ${c} | ${names.map((n) => cell(backends[n].results, c)).join(' | ')} |`),
  ].join('\n');
}

/** Largest deviation of all that is right, by order, as a power of ten and one digit. */
function worst(results, order) {
  const right = results.filter((r) => r.order === order && r.outcome === 'right');
  return Math.max(...right.map((r) => r.worst)).toExponential(0);
}

const gaps = backends[names[0]].knownGaps;
const text = `# Backends: what works where

Written by \`node packages/compute/tools/backends-table.mjs\` from the device suite
(\`packages/compute/src/suite\`): every layer, loss and operation of the networks, at several shapes, against a plain
implementation in double precision and its finite differences. "to 2nd": values, gradient and gradient of the gradient
are right, in every input and weight; "to 1st": values and gradient, the second is not asked for.

| Backend | Device of this table | By | Kernels of ours |
| --- | --- | --- | --- |
${names.map((n) => `| ${n} | ${backends[n].device} | ${backends[n].provider} | ${backends[n].kernels.join(', ') || 'none needed'} |`).join('\n')}

Largest deviation, relative to the largest value of the result:

| | ${names.join(' | ')} |
| --- |${' --- |'.repeat(names.length)}
| values | ${names.map((n) => worst(backends[n].results, 'forward')).join(' | ')} |
| gradient | ${names.map((n) => worst(backends[n].results, 'gradient')).join(' | ')} |
| second | ${names.map((n) => worst(backends[n].results, 'second')).join(' | ')} |

${Object.keys(groups).map(table).join('\n\n')}

## Known gaps

The tests hold the suite to this list: a new gap fails, and so does one that was closed and is still listed.

| Case | Order | On | Why |
| --- | --- | --- | --- |
${gaps.map((g) => `| ${g.name} | ${g.order} | ${g.backends.join(', ')} | ${g.why} |`).join('\n')}

Gradients of gradients: TensorFlow.js 4.22 by itself gives wrong ones, without an error, through exp, sigmoid, tanh
and softmax, and none through max pool, average pool, elu, leaky relu, max, einsum and a convolution's filter gradient.
\`packages/compute/src/second-order\` replaces those; the table is with the replacements. Max pools are differentiated
twice only where windows are whole and do not overlap.
`;
writeFileSync(`${root}docs/backends.md`, text);
console.log(`docs/backends.md: ${names.join(', ')}`);
