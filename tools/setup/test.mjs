/**
 * `npm test`: install what is missing, build, run every package's tests. `--lane slow|browser|slurm|gpu`
 * runs that lane in place of the default one; `--coverage` and other words go to vitest.
 */
import { checkNodeVersion } from './node-version.mjs';

checkNodeVersion();
import('./workspace.mjs')
  .then(async function (w) {
    await w.install();
    await w.test(process.argv.slice(2));
  })
  .catch(function (error) {
    console.error(error && error.message ? error.message : String(error));
    process.exit(1);
  });
