import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseQueue, slurmClient } from './client.js';

test('squeue: waiting tasks of an array come as one line, and are counted', () => {
  const jobs = parseQueue(
    [
      '12|12|run-a|RUNNING|None|0',
      '13|12|run-a|PENDING|Resources|1,4-7,10-20:5%2',
      '14|14|run-a-merge|PENDING|Dependency|N/A',
      '',
    ].join('\n'),
  );
  expect(jobs.map((j) => [j.jobId, j.name, j.state, j.reason, j.tasks])).toEqual([
    ['12', 'run-a', 'RUNNING', '', 1],
    ['12', 'run-a', 'PENDING', 'Resources', 8],
    ['14', 'run-a-merge', 'PENDING', 'Dependency', 1],
  ]);
});

test('a machine without Slurm is named as that', async () => {
  const client = slurmClient({ env: { PATH: '/nowhere' } });
  await expect(client.submit('#!/bin/bash\n')).rejects.toMatchObject({
    code: 'SLURM_MISSING',
    where: 'PATH=/nowhere',
  });
  await expect(client.queue(['x'])).rejects.toMatchObject({ code: 'SLURM_MISSING' });
});

/** sbatch's own words (22.05, measured; newer ones from its sources), said by a stand-in program. */
describe('refusals', () => {
  let bin: string;
  beforeAll(() => (bin = mkdtempSync(join(tmpdir(), 'slurm-bin-'))));
  afterAll(() => rmSync(bin, { recursive: true, force: true }));
  const say = (program: string, body: string) =>
    writeFileSync(join(bin, program), `#!/bin/sh\n${body}\n`, { mode: 0o755 });

  test.each([
    [
      'sbatch: error: invalid partition specified: nosuch\nsbatch: error: Batch job submission failed: Invalid partition name specified',
      'SLURM_PARTITION_INVALID',
    ],
    [
      'sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified',
      'SLURM_ACCOUNT_INVALID',
    ],
    [
      'sbatch: error: Batch job submission failed: Invalid qos specification',
      'SLURM_ACCOUNT_INVALID',
    ],
    [
      'sbatch: error: Batch job submission failed: Requested time limit is invalid (missing or exceeds some limit)',
      'SLURM_REFUSED',
    ],
    ['sbatch: error: Invalid --time specification', 'SLURM_REFUSED'],
    [
      'sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)',
      'SLURM_UNREACHABLE',
    ],
    [
      'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation',
      'SLURM_UNREACHABLE',
    ],
  ])('%s', async (text, code) => {
    say('sbatch', `cat >/dev/null; cat >&2 <<'END'\n${text}\nEND\nexit 1`);
    say('sinfo', 'echo main; echo short; echo main');
    const client = slurmClient({ env: { PATH: `${bin}:/usr/bin:/bin` } });
    const error = await client.submit('#!/bin/bash\n').catch((e: unknown) => e);
    expect(error).toMatchObject({ code });
    if (code === 'SLURM_PARTITION_INVALID') {
      expect(error).toMatchObject({ expected: 'one of main, short' });
    }
  });

  test('the job id is read with a cluster after it', async () => {
    say('sbatch', 'cat >/dev/null; echo "1234;alpha"');
    const client = slurmClient({ env: { PATH: `${bin}:/usr/bin:/bin` } });
    await expect(client.submit('#!/bin/bash\n')).resolves.toBe('1234');
  });
});
