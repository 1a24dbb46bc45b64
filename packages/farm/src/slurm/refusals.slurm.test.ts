import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { slurmEngine } from './slurm-engine.js';
import { caught, engineOnCluster, engineScript } from './engine.fixture.js';

const { missing, at, cluster, engine, local, options, queue, until } = engineOnCluster();

describe.skipIf(missing)('what slurmEngine refuses', () => {
  it.each([
    [{ partition: 'nosuch' }, 'SLURM_PARTITION_INVALID', /one of main, short/],
    [{ memory: '999G' }, 'SLURM_REFUSED', /node configuration/],
    [{ sbatch: ['--constraint=nosuch'] }, 'SLURM_REFUSED', /feature/],
    [{ partition: 'short', timeLimit: '00:10:00' }, 'SLURM_NEVER_STARTS', /waits for Partition/],
  ])('%j: %s', async (profile, code, message) => {
    const error = await caught(engine({ profile }).generate(options(at('d'))));
    expect(error).toMatchObject({ code });
    expect(error!.message).toMatch(message);
    await until('queue empty', () => queue() === '');
    expect((await engine().generate(options(at('d')))).manifestHash).toBe(local.hash);
  });

  it('a machine without Slurm, and one that is not configured', async () => {
    const none = slurmEngine({ env: { PATH: '/nowhere' } });
    expect(await caught(none.generate(options(at('d'))))).toMatchObject({
      code: 'SLURM_MISSING',
    });
    expect((await none.dryRun(options(at('d')))).tasks).toHaveLength(13);
    const bare = slurmEngine({
      env: { PATH: process.env.PATH, SLURM_CONF: '/nowhere/slurm.conf' },
    });
    expect(await caught(bare.generate(options(at('d'))))).toMatchObject({
      code: 'SLURM_MISSING',
      got: 'SLURM_CONF=/nowhere/slurm.conf, and no such file',
    });
  });

  it('a folder that Slurm cannot be told, and one that cannot be made', async () => {
    expect(await caught(engine().generate(options(at('a\\b'))))).toMatchObject({
      code: 'SLURM_PATH',
    });
    writeFileSync(at('file'), '');
    expect(await caught(engine().generate(options(at('file/d'))))).toMatchObject({ code: 'IO' });
  });

  const unshare = spawnSync('unshare', ['--mount', 'true']).status === 0;
  it.skipIf(!unshare)('a folder that the nodes do not share', () => {
    // In a mount namespace of its own: what this process writes to the folder, no other sees.
    mkdirSync(at('d'));
    const script = engineScript(options(at('d')));
    const { stdout, stderr } = spawnSync(
      'unshare',
      [
        '--mount',
        'sh',
        '-c',
        'mount -t tmpfs none "$0" && exec "$1" --input-type=module -e "$2"',
        at('d'),
        process.execPath,
        script,
      ],
      { env: cluster.env, encoding: 'utf8', timeout: 300_000 },
    );
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^SLURM_FOLDER .*nodes share/);
    expect(readdirSync(at('d'))).toEqual([]);
  });
});
