import { join } from 'node:path';
import { arrayRanges } from './bundles.js';
import type { SlurmProfile } from './profile.js';
import { bashWord, patternFolder, sbatchValue } from './quote.js';

/** What a script starts: Node, and the arguments before those that name the work. */
export interface WorkerCommand {
  /** Node on the cluster's nodes. */
  readonly node: string;
  /** Options of Node, entry file. */
  readonly args: readonly string[];
}

export interface ScriptParts {
  readonly profile: SlurmProfile;
  /** Name of the job. */
  readonly name: string;
  /** Folder the job starts in, and below which it writes; absolute. */
  readonly folder: string;
  readonly logFolder: string;
  readonly worker: WorkerCommand;
  /** File that says what is to be made. */
  readonly request: string;
}

/** Script of the array: task i of it makes the shards of bundle i that are not there yet. */
export function arrayScript(parts: ScriptParts, tasks: readonly number[]): string {
  const limit = parts.profile.maxRunning;
  return script(
    parts,
    [
      `--array=${arrayRanges(tasks)}${limit === undefined ? '' : `%${limit}`}`,
      `--cpus-per-task=${parts.profile.cpusPerTask}`,
      `--output=${sbatchValue(join(patternFolder(parts.logFolder), '%A_%a.log'))}`,
    ],
    ['task', parts.request],
    // A quoted parameter, so not through bashWord.
    '"$SLURM_ARRAY_TASK_ID"',
  );
}

/** Script of the job after the array: writes the manifest, or which shards are missing. */
export function mergeScript(parts: ScriptParts): string {
  return script(
    parts,
    [
      '--cpus-per-task=1',
      `--output=${sbatchValue(join(patternFolder(parts.logFolder), '%j_merge.log'))}`,
    ],
    ['merge', parts.request],
  );
}

function script(
  parts: ScriptParts,
  own: readonly string[],
  words: readonly string[],
  last?: string,
): string {
  const { profile, worker } = parts;
  const option = (key: string, value: string | undefined) =>
    value === undefined ? [] : [`--${key}=${sbatchValue(value)}`];
  const options = [
    `--job-name=${sbatchValue(parts.name)}`,
    ...own,
    `--chdir=${sbatchValue(parts.folder)}`,
    '--nodes=1',
    '--ntasks=1',
    // A requeued job is held for two minutes; resume submits what is missing at once.
    '--no-requeue',
    ...option('partition', profile.partition),
    ...option('account', profile.account),
    ...option('qos', profile.qos),
    ...option('time', profile.timeLimit),
    ...option('mem', profile.memory),
    ...profile.sbatch,
  ];
  const command = [worker.node, ...worker.args, ...words].map(bashWord);
  return [
    '#!/bin/bash',
    ...options.map((line) => `#SBATCH ${line}`),
    'set -eo pipefail',
    ...profile.setup,
    // Node takes the shell's place, so that it gets Slurm's signals.
    `exec ${[...command, ...(last === undefined ? [] : [last])].join(' ')}`,
    '',
  ].join('\n');
}
