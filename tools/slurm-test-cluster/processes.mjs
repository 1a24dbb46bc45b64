/** Which processes of this machine belong to a test cluster, from /proc alone. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** { pid, ppid, state, startTicks } of every process; the name in /proc/PID/stat may hold spaces. */
function processTable() {
  const table = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = read(`/proc/${entry}/stat`);
    const end = stat.lastIndexOf(')');
    if (end < 0) continue;
    const comm = stat.slice(stat.indexOf('(') + 1, end);
    const field = stat.slice(end + 2).split(' ');
    table.push({
      pid: Number(entry),
      comm,
      state: field[0],
      ppid: Number(field[1]),
      startTicks: Number(field[19]),
    });
  }
  return table;
}

/** Whether the process has a file open under the folder (daemons: their log). */
function holdsFileUnder(pid, dir) {
  try {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      try {
        if (readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith(`${dir}/`)) return true;
      } catch {
        // closed meanwhile
      }
    }
  } catch {
    // gone, or not ours to look into
  }
  return false;
}

/**
 * The live processes of the cluster: its daemons and step daemons (a file open under the folder;
 * their environment is overwritten by their title), the processes of jobs (SLURM_CLUSTER_NAME is
 * this cluster's, a random name), and the descendants of either. A process that merely talks to the
 * cluster has SLURM_CONF set and is not among them.
 */
export function clusterProcesses(dir, name) {
  const table = processTable().filter((p) => p.state !== 'Z' && p.pid !== process.pid);
  const mine = new Map();
  for (const p of table) {
    const daemon = /^(slurm|munged)/.test(p.comm) && holdsFileUnder(p.pid, dir);
    const job = read(`/proc/${p.pid}/environ`).includes(`SLURM_CLUSTER_NAME=${name}\0`);
    if (daemon || job) mine.set(p.pid, p);
  }
  for (let grew = true; grew;) {
    grew = false;
    for (const p of table) {
      if (!mine.has(p.pid) && mine.has(p.ppid)) {
        mine.set(p.pid, p);
        grew = true;
      }
    }
  }
  return [...mine.values()];
}

/** Start time of a process in clock ticks since boot, or undefined when it is gone (or a zombie). */
export function startTicks(pid) {
  const p = processTable().find((q) => q.pid === pid);
  return p === undefined || p.state === 'Z' ? undefined : p.startTicks;
}

export function signal(processes, name) {
  for (const { pid } of processes) {
    try {
      process.kill(pid, name);
    } catch {
      // gone already
    }
  }
}
