import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { FarmError } from '../errors.js';

/** Options of sbatch that the engine sets itself, or that would change what it relies on. */
const ours = new Map([
  ['-a', 'the array is made from the shards'],
  ['--array', 'the array is made from the shards'],
  ['-d', 'the merge job depends on the array'],
  ['--dependency', 'the merge job depends on the array'],
  ['-J', 'jobs are found again by their name'],
  ['--job-name', 'jobs are found again by their name'],
  ['-o', 'logs go to the folder of the data set'],
  ['--output', 'logs go to the folder of the data set'],
  ['-e', 'logs go to the folder of the data set'],
  ['--error', 'logs go to the folder of the data set'],
  ['-D', 'the folder is set already'],
  ['--chdir', 'the folder is set already'],
  ['-M', 'set SLURM_CLUSTERS in the environment, which squeue and scancel read too'],
  ['--clusters', 'set SLURM_CLUSTERS in the environment, which squeue and scancel read too'],
  ['-n', 'a task is one process'],
  ['--ntasks', 'a task is one process'],
  ['-N', 'a task is one process'],
  ['--nodes', 'a task is one process'],
  ['-W', 'the engine waits by itself'],
  ['--wait', 'the engine waits by itself'],
  ['--test-only', 'nothing would be submitted'],
  ['-H', 'a held array would never end'],
  ['--hold', 'a held array would never end'],
  ['--wrap', 'the script is written by the engine'],
  ['--requeue', 'missing shards are submitted again by resume'],
  ['-p', 'write partition: instead'],
  ['--partition', 'write partition: instead'],
  ['-A', 'write account: instead'],
  ['--account', 'write account: instead'],
  ['-q', 'write qos: instead'],
  ['--qos', 'write qos: instead'],
  ['-t', 'write timeLimit: instead'],
  ['--time', 'write timeLimit: instead'],
  ['--mem', 'write memory: instead'],
  ['-c', 'write cpusPerTask: instead'],
  ['--cpus-per-task', 'write cpusPerTask: instead'],
]);

/** Why a line of `sbatch` cannot be taken, or undefined. */
function refusedLine(line: string): string | undefined {
  if (/[\0\r\n]/.test(line)) return 'one line each';
  const option = /^(--[a-z][\w-]*|-[A-Za-z])/.exec(line)?.[1];
  if (option === undefined) return "an option of sbatch such as '--constraint=icelake'";
  // sbatch takes the start of a long option for the whole.
  const hit = [...ours].find(([known]) =>
    option.startsWith('--') ? known.startsWith(option) : known === option,
  );
  return hit && `no ${hit[0]}: ${hit[1]}`;
}

const name = z
  .string()
  .regex(/^[^\s"'\\#]+$/, 'expected a name without spaces, quotes, backslash or #');
const timeLimit = z
  .union([z.int().min(1), z.string()])
  .transform(String)
  .refine((text) => /^(\d+|\d+:\d{2}(:\d{2})?|\d+-\d+(:\d{2}){0,2})$/.test(text), {
    message: 'expected minutes, MM:SS, HH:MM:SS, D-HH, D-HH:MM or D-HH:MM:SS',
  });
const memory = z
  .union([z.int().min(1), z.string()])
  .transform(String)
  .refine((text) => /^[1-9]\d*[KMGT]?$/.test(text), {
    message: 'expected a whole number of MiB, or one followed by K, M, G or T, such as 4G',
  });
const shellLine = z.string().refine((line) => !line.includes('\0'), 'expected text without NUL');

/** Schema of a profile file: how this user's jobs are to be submitted on this cluster. */
export const slurmProfileSchema = z.strictObject({
  partition: name.optional().describe('default: the default partition of the cluster'),
  account: name.optional(),
  qos: name.optional(),
  timeLimit: timeLimit.optional().describe('of one array task; default: that of the partition'),
  memory: memory.optional().describe('of one array task'),
  cpusPerTask: z.int().min(1).max(1024).default(1).describe('worker threads of one array task'),
  maxRunning: z.int().min(1).optional().describe('array tasks that may run at once'),
  shardsPerTask: z
    .int()
    .min(1)
    .optional()
    .describe('at least so many; default: one for each CPU of the task'),
  maxTasks: z.int().min(1).optional().describe('array tasks at most; default: MaxArraySize'),
  jobName: z
    .string()
    .regex(/^[\w.-]{1,60}$/, 'expected letters, digits, dot, dash and underscore')
    .default('spectraloom')
    .describe('start of the names of the jobs'),
  sbatch: z
    .array(z.string())
    .default([])
    .superRefine((lines, context) => {
      lines.forEach((line, i) => {
        const refused = refusedLine(line);
        if (refused === undefined) return;
        context.addIssue({
          code: 'custom',
          path: [i],
          message: `expected ${refused}`,
          input: line,
        });
      });
    })
    .describe('further options of sbatch, one a line of the script'),
  setup: z.array(shellLine).default([]).describe('lines of bash before the worker starts'),
  node: z.string().min(1).optional().describe("Node on the cluster's nodes; default: this one"),
});

/** A profile as the engine uses it. */
export type SlurmProfile = z.output<typeof slurmProfileSchema>;
/** A profile as a program may give it. */
export type SlurmProfileInput = z.input<typeof slurmProfileSchema>;

/**
 * Reads a profile file (YAML or JSON).
 * @throws FarmError SLURM_PROFILE_INVALID, with every problem and its line
 */
export function parseSlurmProfile(text: string, options: { source?: string } = {}): SlurmProfile {
  const source = options.source ?? 'profile';
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number | undefined) =>
    offset === undefined ? '' : `line ${lines.linePos(offset).line}: `;
  if (document.errors.length > 0) {
    throw invalid(
      source,
      document.errors.map((error) => `${at(error.pos[0])}${error.message}`),
    );
  }
  let data: unknown;
  try {
    data = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // An alias without its anchor, or too many of them.
    throw invalid(source, [error instanceof Error ? error.message : String(error)]);
  }
  const parsed = slurmProfileSchema.safeParse(data ?? {});
  if (parsed.success) return parsed.data;
  throw invalid(
    source,
    parsed.error.issues.map((issue) => {
      const path = issue.path.filter((key) => typeof key !== 'symbol');
      let offset: number | undefined;
      for (let n = path.length; n >= 0 && offset === undefined; n--) {
        const node = n === 0 ? document.contents : document.getIn(path.slice(0, n), true);
        offset = (node as { range?: [number, number, number] } | undefined)?.range?.[0];
      }
      return `${at(offset)}${path.length > 0 ? `${path.join('.')}: ` : ''}${issue.message}`;
    }),
  );
}

/** Checks a profile given as an object. @throws FarmError SLURM_PROFILE_INVALID */
export function checkSlurmProfile(profile: SlurmProfileInput, source = 'profile'): SlurmProfile {
  const parsed = slurmProfileSchema.safeParse(profile);
  if (parsed.success) return parsed.data;
  throw invalid(
    source,
    parsed.error.issues.map((i) => `${i.path.map(String).join('.')}: ${i.message}`),
  );
}

function invalid(source: string, problems: readonly string[]): FarmError {
  return new FarmError({
    code: 'SLURM_PROFILE_INVALID',
    what: 'The Slurm profile does not hold to its schema',
    where: source,
    got: problems.join('; '),
    next: 'see docs/guides/slurm.md for the keys of a profile',
  });
}
