/** Finds Slurm's and munge's programs, and installs Debian's packages when root and asked to. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const programs = [
  'munged',
  'slurmctld',
  'slurmd',
  'sbatch',
  'scontrol',
  'squeue',
  'scancel',
  'sinfo',
];

/** Why a test cluster cannot run here: a skip, not a failure. */
export class CannotRun extends Error {}

/** Absolute path of a program; the daemons are in /usr/sbin, which not every PATH has. */
export function find(program) {
  const dirs = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  for (const dir of dirs) {
    if (!dir) continue;
    try {
      const file = join(dir, program);
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // not here
    }
  }
  return undefined;
}

const missing = () => programs.filter((p) => !find(p));

/**
 * Returns when every program is there; installs slurm-wlm and munge when root on a machine with
 * apt-get. Throws CannotRun with the reason otherwise. The services the packages bring are not
 * started (RUNLEVEL=1 makes invoke-rc.d refuse).
 */
export function ensureInstalled({ install = true, log = () => {} } = {}) {
  if (process.platform !== 'linux')
    throw new CannotRun(`Slurm needs Linux; this is ${process.platform}`);
  const lacking = missing();
  if (lacking.length === 0) return;
  const what = `not installed: ${lacking.join(', ')}`;
  const advice = 'as root: apt-get install slurm-wlm munge';
  if (!install) throw new CannotRun(`${what}; ${advice}`);
  if (process.getuid() !== 0) throw new CannotRun(`${what}, and not root; ${advice}`);
  if (!find('apt-get')) throw new CannotRun(`${what}, and no apt-get to install them`);
  // A mirror that refuses is asked again, one that is silent given up.
  const patience = ['DPkg::Lock::Timeout=120', 'Acquire::Retries=3', 'Acquire::http::Timeout=60'];
  const apt = (...args) =>
    spawnSync('apt-get', [...patience.flatMap((option) => ['-o', option]), ...args], {
      encoding: 'utf8',
      timeout: 600_000,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    });
  log('installing slurm-wlm and munge (apt-get) ...');
  const packages = ['install', '-y', '--no-install-recommends', 'slurm-wlm', 'munge'];
  let done = apt(...packages);
  if (done.status !== 0) {
    apt('update');
    done = apt(...packages);
  }
  if (done.status !== 0) {
    throw new CannotRun(
      `apt-get install slurm-wlm munge failed: ${done.error?.message ?? done.stderr.trim().split('\n').at(-1)}`,
    );
  }
  const still = missing();
  if (still.length > 0) throw new CannotRun(`still missing after apt-get: ${still.join(', ')}`);
}
