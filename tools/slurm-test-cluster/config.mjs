/** The files of a private cluster: slurm.conf and a munge key, all under one folder. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';

/** Paths inside the cluster's folder. Slurm's configuration knows no quoting: no spaces in them. */
export function paths(dir) {
  return {
    conf: join(dir, 'slurm.conf'),
    record: join(dir, 'cluster.json'),
    mungeKey: join(dir, 'munge', 'munge.key'),
    mungeSocket: join(dir, 'munge', 'socket'),
    log: (name) => join(dir, 'log', name),
  };
}

/** A TCP port of 127.0.0.1 that is free now. */
export function freePort() {
  return new Promise((done, fail) => {
    const server = createServer();
    server.on('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

/**
 * slurm.conf of one node that is this machine. `cpus` may exceed the real number
 * (config_overrides): the tests want several tasks at once on any machine. Partition `main` is the
 * default; `short` allows one minute, for the tests of a refused time limit.
 */
export function slurmConf({ dir, name, cpus, memoryMiB, maxArraySize, ctldPort, slurmdPort }) {
  const host = hostname().split('.')[0];
  const user = userInfo().username;
  return [
    `ClusterName=${name}`,
    `SlurmctldHost=${host}(127.0.0.1)`,
    `SlurmctldPort=${ctldPort}`,
    `SlurmdPort=${slurmdPort}`,
    'AuthType=auth/munge',
    `AuthInfo=socket=${paths(dir).mungeSocket}`,
    'CredType=cred/munge',
    `SlurmUser=${user}`,
    `SlurmdUser=${user}`,
    `StateSaveLocation=${join(dir, 'state')}`,
    `SlurmdSpoolDir=${join(dir, 'spool')}`,
    `SlurmctldPidFile=${join(dir, 'slurmctld.pid')}`,
    `SlurmdPidFile=${join(dir, 'slurmd.pid')}`,
    `SlurmctldLogFile=${paths(dir).log('slurmctld.log')}`,
    `SlurmdLogFile=${paths(dir).log('slurmd.log')}`,
    // No cgroups, no systemd, no accounting database: works in a bare container.
    'ProctrackType=proctrack/linuxproc',
    'TaskPlugin=task/none',
    'JobAcctGatherType=jobacct_gather/none',
    'AccountingStorageType=accounting_storage/none',
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_CPU',
    'SwitchType=switch/none',
    'MpiDefault=none',
    'MailProg=/bin/true',
    'SlurmdParameters=config_overrides',
    'ReturnToService=2',
    'SchedulerType=sched/backfill',
    // The controller's own pauses between scheduling passes, shortened: a test waits for them.
    'SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1',
    'KillWait=2',
    'MinJobAge=300',
    `MaxArraySize=${maxArraySize}`,
    `NodeName=${host} NodeAddr=127.0.0.1 CPUs=${cpus} RealMemory=${memoryMiB} State=UNKNOWN`,
    'PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP',
    'PartitionName=short Nodes=ALL MaxTime=1 State=UP',
    '',
  ].join('\n');
}

/** Writes the folder. Munge wants its key readable by the owner alone and its socket's folder open. */
export function writeCluster(options) {
  const { dir } = options;
  chmodSync(dir, 0o755);
  for (const sub of ['munge', 'state', 'spool', 'log']) mkdirSync(join(dir, sub), { mode: 0o755 });
  writeFileSync(paths(dir).mungeKey, randomBytes(1024), { mode: 0o600 });
  writeFileSync(paths(dir).conf, slurmConf(options));
}
