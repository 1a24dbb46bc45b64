/**
 * node tools/slurm-test-cluster/main.mjs start | stop | status | stop-controller | start-controller | restart-controller | run
 * See README.md. Exit code 3: Slurm cannot be had on this machine (the reason is printed).
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import {
  clusterStatus,
  restartController,
  resumeController,
  startCluster,
  stopCluster,
  stopController,
} from './cluster.mjs';
import { CannotRun } from './install.mjs';

const usage = `usage: node tools/slurm-test-cluster/main.mjs COMMAND [options]
  start    start a cluster; prints the line that points Slurm's clients at it
             --cpus N (4)  --memory MiB (4096)  --max-array-size N (1001)  --dir EMPTY_FOLDER
             --owner PID  stop when that process ends    --max-minutes N (60)  stop then in any case
             --no-install  use what is installed          --json
  stop     stop one (--dir DIR) or every one, jobs included, and remove its folder
  status   list them (--dir DIR, --json)
  stop-controller --dir DIR [--kill]    end slurmctld; what runs goes on
  start-controller --dir DIR            start it again on its saved state
  restart-controller --dir DIR [--down-ms N] [--kill]   both, with so long between
  run [options of start] -- COMMAND...   start, run the command, stop; exits with its code`;

const whole = (name, text) => {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 0)
    throw new Error(`--${name}: got ${text}, expected a whole number`);
  return n;
};

const folderOf = ({ dir }) => {
  if (!dir) throw new Error('--dir is needed');
  return dir;
};

async function main(argv) {
  const split = argv.indexOf('--');
  const own = split < 0 ? argv : argv.slice(0, split);
  const command = split < 0 ? [] : argv.slice(split + 1);
  const { values, positionals } = parseArgs({
    args: own,
    allowPositionals: true,
    options: {
      dir: { type: 'string' },
      cpus: { type: 'string', default: '4' },
      memory: { type: 'string', default: '4096' },
      'max-array-size': { type: 'string', default: '1001' },
      'max-minutes': { type: 'string', default: '60' },
      'down-ms': { type: 'string', default: '0' },
      owner: { type: 'string' },
      kill: { type: 'boolean', default: false },
      'no-install': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const options = {
    dir: values.dir,
    cpus: whole('cpus', values.cpus),
    memoryMiB: whole('memory', values.memory),
    maxArraySize: whole('max-array-size', values['max-array-size']),
    maxMinutes: whole('max-minutes', values['max-minutes']),
    owner: values.owner === undefined ? undefined : whole('owner', values.owner),
    install: !values['no-install'],
    log: (line) => console.error(line),
  };
  switch (positionals[0]) {
    case 'start': {
      const cluster = await startCluster(options);
      if (values.json) console.log(JSON.stringify(cluster));
      else console.log(`export SLURM_CONF=${cluster.env.SLURM_CONF}`);
      return 0;
    }
    case 'stop':
      for (const { dir } of clusterStatus(values.dir)) {
        await stopCluster(dir);
        console.log(`stopped ${dir}`);
      }
      return 0;
    case 'status': {
      const all = clusterStatus(values.dir);
      if (values.json) console.log(JSON.stringify(all));
      else if (all.length === 0) console.log('no test cluster');
      for (const c of values.json ? [] : all) {
        const state = c.up ? 'up' : 'controller down';
        console.log(`${c.dir}  ${state}, ${c.cpus} CPUs, ${c.processes} processes, ${c.jobs} jobs`);
      }
      return 0;
    }
    case 'stop-controller':
      await stopController(folderOf(values), { kill: values.kill });
      return 0;
    case 'start-controller':
      await resumeController(folderOf(values));
      return 0;
    case 'restart-controller':
      await restartController(folderOf(values), {
        downMs: whole('down-ms', values['down-ms']),
        kill: values.kill,
      });
      return 0;
    case 'run':
      return runInside(options, command);
    default:
      console.error(usage);
      return positionals.length === 0 ? 0 : 2;
  }
}

/** The signals that end a shell's job reach the command by its process group; we stay to clean up. */
async function runInside(options, command) {
  if (command.length === 0) throw new Error('run: expected -- COMMAND...');
  const cluster = await startCluster({ ...options, owner: options.owner ?? process.pid });
  try {
    return await new Promise((done, fail) => {
      const child = spawn(command[0], command.slice(1), {
        stdio: 'inherit',
        env: { ...process.env, ...cluster.env },
      });
      process.on('SIGINT', () => {});
      process.on('SIGTERM', () => child.kill('SIGTERM'));
      child.on('error', fail);
      child.on('exit', (code, signal) => done(code ?? (signal === 'SIGINT' ? 130 : 143)));
    });
  } finally {
    await stopCluster(cluster.dir);
  }
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    const skip = error instanceof CannotRun;
    console.error(skip ? `skip: ${error.message}` : `error: ${error.message}`);
    process.exit(skip ? 3 : 1);
  },
);
