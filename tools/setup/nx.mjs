/** Runs the workspace's own Nx with the arguments given: `node tools/setup/nx.mjs run pcsmo:train`. */
import { nxRun } from './workspace.mjs';

nxRun(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
