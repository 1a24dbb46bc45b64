/** The device suite on WebGPU, held to the list of known gaps. Ends with 1 when something else fails. */
import { knownGaps, runDeviceSuite, selectBackend } from '@spectraloom/compute';

const { device, provider } = await selectBackend({ require: 'webgpu' });
console.log(`${device}, by ${provider}`);
const only = process.env.SPECTRALOOM_SUITE_ONLY;
const results = await runDeviceSuite(only ? { only: (name) => name.includes(only) } : {});
const known = ({ name, order }) =>
  knownGaps.some((g) => g.name === name && g.order === order && g.backends.includes('webgpu'));
const failed = results.filter((r) => r.outcome !== 'right');
for (const r of failed) {
  const note = known(r) ? ' (known)' : '';
  console.log(`${r.outcome}: ${r.name} [${r.shapes}] ${r.order}: ${r.message}${note}`);
}
for (const order of ['forward', 'gradient', 'second']) {
  const right = results.filter((r) => r.order === order && r.outcome === 'right');
  const worst = Math.max(...right.map((r) => r.worst));
  console.log(`${order}: ${right.length} right, largest deviation ${worst.toExponential(1)}`);
}
process.exit(failed.every(known) ? 0 : 1);
