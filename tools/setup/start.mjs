/**
 * `npm start`: on a fresh clone with only Node and npm, install what is missing, build, and run
 * the main job (`spectraloom run pcsmo --preset quick`). Arguments after `--` go to that job.
 */
import { checkNodeVersion } from './node-version.mjs';

checkNodeVersion();
import('./workspace.mjs')
  .then(async function (w) {
    await w.install();
    await w.build();
    await w.run(['run', 'pcsmo', '--preset', 'quick'].concat(process.argv.slice(2)));
  })
  .catch(function (error) {
    console.error(error && error.message ? error.message : String(error));
    process.exit(1);
  });
