import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { FarmError } from '../errors.js';

/** A job, or one task of an array, that is queued or running. */
export interface QueuedJob {
  /** Job id; that of the whole array for its tasks. */
  readonly jobId: string;
  readonly name: string;
  /** 'PENDING', 'RUNNING', 'COMPLETING', ... */
  readonly state: string;
  /** Why it waits, in Slurm's words ('Priority', 'Dependency', 'PartitionTimeLimit'); else ''. */
  readonly reason: string;
  /** Tasks the line stands for: waiting tasks of an array come as one. */
  readonly tasks: number;
}

/** Slurm's programs, as this user finds them on PATH. */
export interface SlurmClient {
  /** @returns the job id. @throws FarmError SLURM_MISSING, SLURM_UNREACHABLE, SLURM_PARTITION_INVALID, SLURM_ACCOUNT_INVALID, SLURM_REFUSED */
  submit(script: string, options?: { dependency?: string }): Promise<string>;
  /** This user's jobs of these names that have not ended. @throws FarmError SLURM_MISSING, SLURM_UNREACHABLE */
  queue(names: readonly string[]): Promise<QueuedJob[]>;
  /** Cancels this user's jobs of a name; those that have ended are passed over. */
  cancel(name: string): Promise<void>;
  /** MaxArraySize of the cluster: one more than the largest index. */
  maxArraySize(): Promise<number>;
}

export interface ClientOptions {
  /** Default: this process's. */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
}

/** Variables that would change a submission behind the script's back, or belong to an outer job. */
const unwanted =
  /^(SBATCH_(ARRAY_INX|REQUEUE|NO_REQUEUE|JOB_NAME|WAIT|HOLD|OUTPUT|ERROR|INPUT)|SLURM_(ARRAY_\w+|JOB_\w+|JOBID|NTASKS|NPROCS|NNODES|CPUS_\w+|MEM_\w+|TASKS_\w+|STEP_\w+)|SQUEUE_\w+|SCANCEL_\w+)$/;

/** The clients of the Slurm that this machine is configured for (SLURM_CONF, SLURM_CLUSTERS). */
export function slurmClient(options: ClientOptions = {}): SlurmClient {
  const env: NodeJS.ProcessEnv = Object.fromEntries(
    Object.entries(options.env ?? process.env).filter(([key]) => !unwanted.test(key)),
  );
  // squeue: the lists of waiting tasks whole, not cut after 64 characters.
  env.SLURM_BITSTR_LEN = '0';
  const call = (program: string, args: readonly string[], input = '') => {
    // Slurm's programs would look for the file again for a minute.
    const { SLURM_CONF } = env;
    if (SLURM_CONF && !existsSync(SLURM_CONF)) {
      const got = `SLURM_CONF=${SLURM_CONF}, and no such file`;
      return Promise.reject(unconfiguredError(program, got));
    }
    return run(program, args, input, env);
  };
  const user = String(userInfo().username);

  return {
    submit: async (script, { dependency } = {}) => {
      const args = ['--parsable'];
      if (dependency !== undefined) args.push(`--dependency=${dependency}`);
      const { code, out, err } = await call('sbatch', args, script);
      const id = /^(\d+)(?:;\S*)?\s*$/m.exec(out)?.[1];
      if (code === 0 && id !== undefined) return id;
      throw await refusal(err || out, () => partitions(call));
    },
    queue: async (names) => {
      const format = '%A|%F|%j|%T|%r|%K';
      const result = await call('squeue', [
        '--noheader',
        `--user=${user}`,
        `--name=${names.join(',')}`,
        `--format=${format}`,
      ]);
      if (result.code !== 0) throw unreachable('squeue', result.err);
      return parseQueue(result.out);
    },
    cancel: async (name) => {
      const result = await call('scancel', [`--user=${user}`, `--name=${name}`]);
      if (result.code !== 0 && !/invalid job id/i.test(result.err)) {
        throw unreachable('scancel', result.err);
      }
    },
    maxArraySize: async () => {
      const result = await call('scontrol', ['show', 'config']);
      const found = /^MaxArraySize\s*=\s*(\d+)/m.exec(result.out)?.[1];
      if (result.code !== 0 || found === undefined) throw unreachable('scontrol', result.err);
      return Number(found);
    },
  };
}

/** Lines of `%A|%F|%j|%T|%r|%K`; `%K` is an index, or a list such as `3,5-9%2` of waiting tasks. */
export function parseQueue(text: string): QueuedJob[] {
  const jobs: QueuedJob[] = [];
  for (const line of text.split('\n')) {
    const [, jobId, name, state, reason, index] = line.trim().split('|');
    if (jobId === undefined || state === undefined) continue;
    jobs.push({
      jobId,
      name: name!,
      state,
      reason: reason === 'None' || reason === undefined ? '' : reason,
      tasks: countIndices(index ?? ''),
    });
  }
  return jobs;
}

/** How many indices a list such as `1,4-7%2` names. */
function countIndices(list: string): number {
  let count = 0;
  for (const part of list.replace(/%.*$/, '').split(',')) {
    const range = /^(\d+)-(\d+)(?::(\d+))?$/.exec(part);
    if (!range) count += 1;
    else count += Math.floor((Number(range[2]) - Number(range[1])) / Number(range[3] ?? 1)) + 1;
  }
  return count;
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function run(
  program: string,
  args: readonly string[],
  input: string,
  env: NodeJS.ProcessEnv,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT' && error.code !== 'EACCES') return reject(error);
      reject(
        new FarmError(
          {
            code: 'SLURM_MISSING',
            what: `Slurm's ${program} is not on this machine`,
            where: `PATH=${env.PATH ?? ''}`,
            got: error.code,
            next: 'run this on a login node of the cluster (or load its Slurm module), or use the local engine',
          },
          { cause: error },
        ),
      );
    });
    child.on('close', (code) => resolve({ code, out, err: err.trim() }));
    // A program that ends without reading its input closes the pipe; its exit code says why.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** Words of a controller that is down, restarting or overloaded: the same call may work later. */
const transient =
  /unable to contact|connection refused|connect failure|timed out|communication connection|in standby|zero bytes|temporarily unable|not responding/i;

/** Words of a program that found no slurm.conf. */
const unconfigured = /configuration source|fetch.?config|DNS SRV|slurm\.conf/i;

function unconfiguredError(program: string, got: string): FarmError {
  return new FarmError({
    code: 'SLURM_MISSING',
    what: `Slurm is not configured on this machine, says ${program}`,
    got,
    next: 'run this on a login node, or set SLURM_CONF to the path of slurm.conf',
  });
}

function unreachable(program: string, text: string): FarmError {
  if (unconfigured.test(text)) return unconfiguredError(program, text.split('\n')[0]!);
  return new FarmError({
    code: 'SLURM_UNREACHABLE',
    what: `Slurm's controller did not answer ${program}`,
    got: text || 'nothing',
    next: 'check with `scontrol ping`; submitted jobs go on by themselves, run again with resume',
  });
}

/** What a refused submission means. */
async function refusal(text: string, listPartitions: () => Promise<string>): Promise<FarmError> {
  const got = text
    .replace(/^sbatch: /gm, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .join(' / ');
  if (/invalid account|invalid qos|account\/partition|user's account/i.test(text)) {
    return new FarmError({
      code: 'SLURM_ACCOUNT_INVALID',
      what: 'Slurm does not take jobs for this account or quality of service',
      got,
      next: 'set account: and qos: in the profile; `sacctmgr show associations user=$USER` may list yours',
    });
  }
  if (/partition/i.test(text) && /invalid|not available|not permitted|no partition/i.test(text)) {
    return new FarmError({
      code: 'SLURM_PARTITION_INVALID',
      what: 'Slurm does not take jobs for this partition',
      got,
      expected: await listPartitions(),
      next: 'set partition: in the profile',
    });
  }
  if (transient.test(text) || unconfigured.test(text)) return unreachable('sbatch', got);
  const tooMany = /submit limit|MaxSubmit|job count|temporarily|quota/i.test(text);
  return new FarmError({
    code: 'SLURM_REFUSED',
    what: 'Slurm refused the job',
    got: got || 'no message',
    next: tooMany
      ? 'set maxTasks in the profile below the number of jobs you may submit'
      : 'change timeLimit, memory, cpusPerTask or the sbatch lines of the profile',
  });
}

async function partitions(
  call: (program: string, args: readonly string[]) => Promise<Ended>,
): Promise<string> {
  const { out } = await call('sinfo', ['--noheader', '--format=%R']).catch(() => ({ out: '' }));
  const names = [...new Set(out.split('\n').map((line) => line.trim()))].filter(Boolean);
  return names.length > 0 ? `one of ${names.join(', ')}` : 'a partition of this cluster';
}
