/**
 * A private Slurm cluster of one node on this machine, for tests: own configuration, ports, munge
 * key and socket, all under one temporary folder. Nothing under /etc is read or written.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, paths, writeCluster } from './config.mjs';
import { ensureInstalled, find } from './install.mjs';
import { clusterProcesses, signal, startTicks } from './processes.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const prefix = 'spectraloom-slurm-';
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** A folder whose path fits a Unix socket (108 bytes) and Slurm's configuration (no spaces). */
const usable = (dir) => !/[^\w./-]/.test(dir) && dir.length < 80;
const base = () => (usable(tmpdir()) ? tmpdir() : '/tmp');

/** Environment for the clients: SLURM_CONF alone, and no cluster of an outer job. */
export const clusterEnv = (dir) => ({ SLURM_CONF: paths(dir).conf });

function client(dir, program, args, timeout = 30_000) {
  return spawnSync(find(program), args, {
    encoding: 'utf8',
    timeout,
    env: { ...process.env, ...clusterEnv(dir) },
  });
}

function daemon(dir, program, args) {
  const out = openSync(paths(dir).log(`${program}.out`), 'a');
  const child = spawn(find(program), args, {
    cwd: dir,
    detached: true,
    stdio: ['ignore', out, out],
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LANG: 'C', ...clusterEnv(dir) },
  });
  closeSync(out);
  child.unref();
  return child;
}

async function until(what, ready, dir, timeoutMs = 120_000) {
  for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(50)) {
    if (ready()) return;
  }
  const logs = ['munged', 'slurmctld', 'slurmd'].map((name) => {
    const file = [`${name}.log`, `${name}.out`].map((f) => paths(dir).log(f)).find(existsSync);
    const tail = file
      ? readFileSync(file, 'utf8').trim().split('\n').slice(-5).join('\n    ')
      : '-';
    return `  ${name}:\n    ${tail}`;
  });
  throw new Error(`${what}: not ready after ${timeoutMs / 1000} s\n${logs.join('\n')}`);
}

const controllerUp = (dir) => client(dir, 'scontrol', ['ping']).stdout.includes(' is UP');

function startController(dir) {
  return daemon(dir, 'slurmctld', ['-D', '-f', paths(dir).conf]);
}

/**
 * Starts a cluster and returns { dir, name, cpus, env } when its node takes jobs.
 * `owner` is a pid: when that process is gone, a guardian stops the cluster; it does so in any case
 * after `maxMinutes`. Throws CannotRun where Slurm cannot be had.
 */
export async function startCluster(options = {}) {
  const { cpus = 4, memoryMiB = 4096, maxArraySize = 1001, owner, maxMinutes = 60, log } = options;
  ensureInstalled({ install: options.install, log });
  const dir = options.dir ? resolve(options.dir) : mkdtempSync(join(base(), prefix));
  if (!usable(dir)) {
    throw new Error(
      `${dir}: a test cluster's folder needs a path of plain characters, under 80 long`,
    );
  }
  mkdirSync(dir, { recursive: true });
  if (readdirSync(dir).length > 0) throw new Error(`${dir}: not empty`);
  const name = `sl${randomBytes(6).toString('hex')}`;
  const [ctldPort, slurmdPort] = [await freePort(), await freePort()];
  writeCluster({ dir, name, cpus, memoryMiB, maxArraySize, ctldPort, slurmdPort });
  writeFileSync(paths(dir).record, JSON.stringify({ name, cpus, maxArraySize, owner }));
  try {
    const p = paths(dir);
    daemon(dir, 'munged', [
      '--foreground',
      `--key-file=${p.mungeKey}`,
      `--socket=${p.mungeSocket}`,
      `--pid-file=${join(dir, 'munge', 'munged.pid')}`,
      `--log-file=${p.log('munged.log')}`,
      `--seed-file=${join(dir, 'munge', 'seed')}`,
      '--num-threads=2',
    ]);
    await until('munged', () => existsSync(p.mungeSocket), dir);
    startController(dir);
    await until('slurmctld', () => controllerUp(dir), dir);
    daemon(dir, 'slurmd', ['-D', '-f', p.conf]);
    const idle = () =>
      client(dir, 'sinfo', ['-h', '-p', 'main', '-o', '%T']).stdout.trim() === 'idle';
    await until('slurmd', idle, dir);
  } catch (error) {
    await stopCluster(dir);
    throw error;
  }
  const ticks = owner === undefined ? '-' : String(startTicks(owner) ?? 'gone');
  spawn(
    process.execPath,
    [join(here, 'guardian.mjs'), dir, String(owner ?? 0), ticks, String(maxMinutes * 60)],
    { cwd: '/', detached: true, stdio: 'ignore' },
  ).unref();
  return { dir, name, cpus, env: clusterEnv(dir) };
}

/** Kills every process of the cluster, jobs included, and removes its folder. */
export async function stopCluster(dir) {
  if (!existsSync(paths(dir).record)) return;
  const { name } = JSON.parse(readFileSync(paths(dir).record, 'utf8'));
  // Daemons first: a controller that lives on would start the next job as one dies.
  signal(
    clusterProcesses(dir, name).filter((p) => /^slurm(ctld|d)$/.test(p.comm)),
    'SIGKILL',
  );
  let left = [];
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) {
    left = clusterProcesses(dir, name);
    if (left.length === 0) break;
    signal(left, 'SIGKILL');
  }
  if (left.length > 0) {
    throw new Error(`${dir}: still running: ${left.map((p) => `${p.comm} ${p.pid}`).join(', ')}`);
  }
  rmSync(dir, { recursive: true, force: true });
}

/**
 * Ends the controller, its saved state kept, and returns when it has gone. With `kill` it ends by
 * signal 9, and forgets what it did in its last seconds: it may give out job ids a second time, for
 * which slurmd then drains the node.
 */
export async function stopController(dir, { kill = false } = {}) {
  const { name } = JSON.parse(readFileSync(paths(dir).record, 'utf8'));
  const daemons = () =>
    clusterProcesses(dir, name).filter((p) => /^slurm(ctld|scriptd)$/.test(p.comm));
  if (daemons().length === 0) throw new Error(`${dir}: no controller runs`);
  signal(daemons(), kill ? 'SIGKILL' : 'SIGTERM');
  await until('the end of slurmctld', () => daemons().length === 0, dir);
}

/** Starts a controller on its saved state, and returns when it answers. */
export async function resumeController(dir) {
  startController(dir);
  await until('slurmctld', () => controllerUp(dir), dir);
}

/** Ends the controller and starts it again: what an upgrade or a failover looks like to a client. */
export async function restartController(dir, { downMs = 0, kill = false } = {}) {
  await stopController(dir, { kill });
  await sleep(downMs);
  await resumeController(dir);
}

/** Clusters of this machine under the temporary folder: folder, name, number of processes, queue. */
export function clusterStatus(only) {
  const dirs = only
    ? [resolve(only)]
    : readdirSync(base())
        .filter((entry) => entry.startsWith(prefix))
        .map((entry) => join(base(), entry));
  return dirs
    .filter((dir) => existsSync(paths(dir).record))
    .map((dir) => {
      const { name, cpus } = JSON.parse(readFileSync(paths(dir).record, 'utf8'));
      const up = controllerUp(dir);
      const jobs = up ? client(dir, 'squeue', ['-h', '-r', '-o', '%i %T']).stdout.trim() : '';
      return {
        dir,
        name,
        cpus,
        up,
        processes: clusterProcesses(dir, name).length,
        jobs: jobs ? jobs.split('\n').length : 0,
      };
    });
}
