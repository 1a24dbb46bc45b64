/**
 * Stops a test cluster whose owner is gone (kill -9 of a test runner), or that is too old.
 * Arguments: folder, owner's pid (0: none), owner's start time, seconds to live.
 */
import { existsSync } from 'node:fs';
import { stopCluster } from './cluster.mjs';
import { paths } from './config.mjs';
import { startTicks } from './processes.mjs';

const [dir, owner, ticks, seconds] = process.argv.slice(2);
const end = Date.now() + Number(seconds) * 1000;

const timer = setInterval(async () => {
  if (!existsSync(paths(dir).record)) process.exit(0);
  const orphan = owner !== '0' && String(startTicks(Number(owner)) ?? 'gone') !== ticks;
  if (!orphan && Date.now() < end) return;
  clearInterval(timer);
  await stopCluster(dir);
  process.exit(0);
}, 1000);
