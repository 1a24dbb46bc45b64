import { describe, expect, test } from 'vitest';
import { checkSlurmProfile, parseSlurmProfile } from './profile.js';

test('an empty file is a profile of defaults', () => {
  expect(parseSlurmProfile('')).toEqual({
    cpusPerTask: 1,
    jobName: 'spectraloom',
    sbatch: [],
    setup: [],
  });
});

test('reads every key', () => {
  const profile = parseSlurmProfile(`
partition: cpu,long
account: np-12
qos: normal
timeLimit: 1-02:30:00
memory: 4G
cpusPerTask: 8
maxRunning: 64
shardsPerTask: 16
maxTasks: 200
jobName: pcsmo
sbatch:
  - --constraint="icelake&ib"
  - --mail-type=FAIL
  - -x bad01
setup: [module load nodejs/20]
node: /opt/node/bin/node
`);
  expect(profile).toMatchObject({ timeLimit: '1-02:30:00', memory: '4G', maxRunning: 64 });
  expect(profile.sbatch).toHaveLength(3);
  expect(checkSlurmProfile(profile)).toEqual(profile);
});

test('YAML 1.2 leaves a time a time; a number is minutes', () => {
  expect(parseSlurmProfile('timeLimit: 02:00:00').timeLimit).toBe('02:00:00');
  expect(parseSlurmProfile('timeLimit: 30').timeLimit).toBe('30');
  expect(parseSlurmProfile('memory: 2000').memory).toBe('2000');
});

describe('refuses, naming the line', () => {
  test.each([
    ['partition: "a b"', /line 1: partition/],
    ['account: ok\npartiton: cpu', /line 1: .*partiton/],
    ['\ntimeLimit: 1h', /line 2: timeLimit: expected minutes/],
    ['memory: 4 GB', /memory: expected a whole number of MiB/],
    ['cpusPerTask: 0', /line 1: cpusPerTask/],
    ['sbatch:\n  - --mail-type=END\n  - --array=0-5', /line 3: sbatch\.1: .*--array/],
    ['sbatch: [--arr=0-5]', /--array/],
    ['sbatch: ["-p x"]', /write partition: instead/],
    ['sbatch: ["--time=3"]', /write timeLimit: instead/],
    ['sbatch: ["rm -rf /"]', /an option of sbatch/],
    ['sbatch: ["--comment=a\\nrm"]', /one line each/],
    ['a: [', /line 1: /],
    ['partition: *nowhere', /alias|anchor/i],
    ['sbatch: &x [*x]', /sbatch/],
  ])('%j', (text, message) => {
    expect(() => parseSlurmProfile(text, { source: 'slurm.yaml' })).toThrow(
      expect.objectContaining({
        code: 'SLURM_PROFILE_INVALID',
        where: 'slurm.yaml',
        message: expect.stringMatching(message) as string,
      }),
    );
  });
});

test('options that begin like a refused one are taken', () => {
  const sbatch = ['--mem-per-cpu=2G', '--nodelist=n1', '--time-min=5', '--no-kill', '--exclusive'];
  expect(checkSlurmProfile({ sbatch }).sbatch).toEqual(sbatch);
});
