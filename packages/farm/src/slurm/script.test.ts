import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkSlurmProfile } from './profile.js';
import { arrayScript, mergeScript } from './script.js';

let folder: string;
beforeAll(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'slurm-script-')), `it's "a" $HOME %j #1`);
  mkdirSync(folder);
});
afterAll(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

const parts = (profile: Parameters<typeof checkSlurmProfile>[0]) => ({
  profile: checkSlurmProfile(profile),
  name: 'spectraloom-0123',
  folder,
  logFolder: join(folder, 'logs'),
  worker: { node: process.execPath, args: [join(folder, 'echo $(id).mjs')] },
  request: join(folder, 'request.json'),
});

test('the array script holds the options of the profile, and the limits', () => {
  const lines = arrayScript(
    parts({
      partition: 'cpu',
      account: 'np-1',
      timeLimit: '01:00:00',
      memory: '4G',
      cpusPerTask: 3,
      maxRunning: 10,
      sbatch: ['--constraint=icelake'],
      setup: ['module load nodejs'],
    }),
    [0, 1, 2, 5],
  ).split('\n');
  expect(lines[0]).toBe('#!/bin/bash');
  for (const option of [
    '--array=0-2,5%10',
    '--partition=cpu',
    '--account=np-1',
    '--time=01:00:00',
    '--mem=4G',
    '--cpus-per-task=3',
    '--constraint=icelake',
    '--no-requeue',
    '--ntasks=1',
  ]) {
    expect(lines).toContain(`#SBATCH ${option}`);
  }
  expect(lines.find((line) => line.includes('--output='))).toContain('%%j #1/logs/%A_%a.log"');
  expect(lines.indexOf('module load nodejs')).toBeGreaterThan(lines.indexOf('set -eo pipefail'));
});

test('bash runs the scripts: the worker gets its words whole, and the index', () => {
  const echo = 'console.log(JSON.stringify(process.argv.slice(2)))';
  writeFileSync(join(folder, 'echo $(id).mjs'), echo);
  const run = (script: string) =>
    JSON.parse(
      execFileSync('bash', [], {
        input: script,
        env: { ...process.env, SLURM_ARRAY_TASK_ID: '7' },
        encoding: 'utf8',
      }),
    ) as string[];
  const request = join(folder, 'request.json');
  expect(run(arrayScript(parts({}), [7]))).toEqual(['task', request, '7']);
  expect(run(mergeScript(parts({ setup: ['true'] })))).toEqual(['merge', request]);
});

test('a failing line of setup stops the job before the worker', () => {
  const script = arrayScript(parts({ setup: ['false'] }), [0]);
  expect(() => execFileSync('bash', [], { input: script, stdio: 'pipe' })).toThrow();
});
