/** Stages of the real command line: what re-runs what, who may work where, what is left behind. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { readManifest, writeNpy } from '@spectraloom/shards';
import { afterAll, describe, expect, test } from 'vitest';
import { binary, hold, spectraloom, start, tinyWorkspace, until } from './commandLine.fixture.js';

const roots: string[] = [];
afterAll(async () => {
  for (const root of roots) await rm(root, { recursive: true, force: true });
});
async function workspace(edits: Record<string, [string, string]> = {}): Promise<string> {
  const root = await tinyWorkspace();
  roots.push(root);
  for (const [file, [from, to]] of Object.entries(edits)) await edit(root, file, from, to);
  return root;
}
async function edit(root: string, file: string, from: string, to: string): Promise<void> {
  const path = join(root, 'pipelines/tiny', file);
  const text = await readFile(path, 'utf8');
  expect(text).toContain(from);
  await writeFile(path, text.replace(from, to));
}
const tiny = ['run', 'tiny', '--preset', 'fast', '--backend', 'wasm'];

/** What a run did with each stage: 'kept' or 'made'. */
async function ran(root: string, ...more: string[]): Promise<Record<string, string>> {
  const { out, err } = await spectraloom(root, ...tiny, ...more, '--json');
  const did: Record<string, string> = {};
  for (const line of out.trim().split('\n')) {
    const event = JSON.parse(line) as { type: string; stage: string; what?: string };
    expect(event.type, `${event.what} ${err}`).not.toBe('error');
    if (event.type === 'stage-kept') did[event.stage] = 'kept';
    if (event.type === 'stage-end') did[event.stage] = 'made';
  }
  return did;
}
/** The newest record of a stage. */
function record(root: string, stage: string): { results: Record<string, unknown> } {
  const base = join(root, 'runs/tiny/fast', stage);
  const files = readdirSync(base).map((name) => join(base, name, 'stage.json'));
  const all = files.map(
    (file) => JSON.parse(readFileSync(file, 'utf8')) as { finishedAt: string; results: object },
  );
  const newest = all.sort((a, b) => a.finishedAt.localeCompare(b.finishedAt)).at(-1)!;
  return newest as { results: Record<string, unknown> };
}
const shards = (root: string): string[] => {
  const base = join(root, 'datasets/tiny');
  const [name] = existsSync(base) ? readdirSync(base) : [];
  return name === undefined ? [] : readdirSync(join(base, name)).filter((n) => /\.arrow$/.test(n));
};
/** Processes whose command line names a folder. */
const processesOf = (folder: string): string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false;
    }
  });

describe('what re-runs what', () => {
  test('stored spin waves outlive a changed resolution, instrument, energy and mask; not a prior', async () => {
    const root = await workspace({
      'presets/fast.yaml': ['images: {', 'spectra: store\nimages: {'],
    });
    const images = ['--until', 'images'];
    expect(await ran(root, ...images)).toEqual({ plan: 'made', spectra: 'made', images: 'made' });
    const solved = (stage: string) =>
      (record(root, stage).results['costs'] as Record<string, number>)['wavevectorsSolved'];
    expect(solved('spectra')).toBeGreaterThan(0);
    for (const [from, to] of [
      ['scale: 10', 'scale: 10\n  intrinsicFwhmMeV: 2'],
      ['  scale: 10', '  mask: none\n  scale: 10'],
      ['eiMeV: 60', 'eiMeV: 65'],
      ['instrument: maps', 'instrument: merlin'],
    ] as const) {
      await edit(root, 'pipeline.yaml', from, to);
      expect(await ran(root, ...images), to).toEqual({
        plan: 'kept',
        spectra: 'kept',
        images: 'made',
      });
      expect(solved('images'), 'nothing was diagonalised').toBe(0);
    }
    await edit(root, 'pipeline.yaml', 'instrument:', '# a comment\ninstrument:');
    await edit(root, 'presets/fast.yaml', 'split:', '# another\nsplit:');
    expect(await ran(root, ...images)).toEqual({ plan: 'kept', spectra: 'kept', images: 'kept' });
    await edit(root, 'models/nearest.yaml', '[3, 5]', '[3, 4.5]');
    expect(await ran(root, ...images)).toEqual({ plan: 'made', spectra: 'made', images: 'made' });
  });

  test('--from and --retrain warm; what a run was measured with is remembered by why', async () => {
    const root = await workspace();
    expect((await spectraloom(root, ...tiny, '--from', 'train')).err).toMatch(/has not been run/);
    expect(await ran(root, '--until', 'train')).toEqual({
      plan: 'made',
      images: 'made',
      train: 'made',
    });
    await edit(root, 'pipeline.yaml', 'scale: 10', 'scale: 10\n  intrinsicFwhmMeV: 2');
    await ran(root, '--until', 'images');
    const { err } = await spectraloom(
      root,
      ...[...tiny, '--from', 'train', '--until', 'train', '--retrain', 'warm'],
    );
    expect(err).toMatch(/starts from \S+best\.safetensors/);
    expect(err).not.toMatch(/images +done/);
    expect(await ran(root, '--until', 'train')).toMatchObject({ train: 'kept' });

    const measured = join(root, 'measured.npy');
    const image = Float32Array.from({ length: 24 * 36 }, (_, i) => 1 + Math.sin(i / 3));
    await writeFile(measured, writeNpy(image, [24, 36]));
    await ran(root, '--measured', measured);
    const why = await spectraloom(root, 'why', 'tiny', '--preset', 'fast');
    expect(why.err).toMatch(/with --measured \S+measured\.npy, as the last run/);
    expect(why.out).not.toMatch(/stale|never/);
    const status = await spectraloom(root, 'status', 'runs/tiny/fast');
    expect(status.out).toMatch(/tiny, preset fast: finished/);
    expect(status.out).toMatch(/rejected: nearest 0 of 30, frustrated 13 of 43/);
  });
});

describe('two runs, and what is left of one', () => {
  test('the second is told pid and host of the first; status shows its rate; SIGTERM leaves nothing', async () => {
    const root = await workspace();
    // Held at its third shard, so that it is at work for as long as we look.
    const held = hold(root, 'shard-000002');
    const images = ['--until', 'images', '--runs', join(root, 'runs')];
    const { child, ended } = start(root, [...tiny, ...images, '--workers', '1'], held.env);
    const rate = (): number => {
      const [name] = shards(root).length > 1 ? readdirSync(join(root, 'datasets/tiny')) : [];
      const sign = name && join(root, 'datasets/tiny', name, '.progress.json');
      if (!sign || !existsSync(sign)) return 0;
      return (JSON.parse(readFileSync(sign, 'utf8')) as { rowsPerSecond: number }).rowsPerSecond;
    };
    await until('two shards and their rate', () => rate() > 0);
    // Stopped too: the rate is that of the last half minute, and would fade.
    child.kill('SIGSTOP');
    expect(processesOf(root)).toEqual([String(child.pid)]);
    const second = await spectraloom(root, ...tiny, '--until', 'images');
    expect(second.code).toBe(1);
    expect(second.err).toContain(`process ${child.pid} on ${hostname()}`);
    const seen = JSON.parse(
      (await spectraloom(root, 'status', 'runs/tiny/fast', '--json')).out,
    ) as { run: Record<string, unknown>; dataset: Record<string, unknown> };
    // The log of the second run came last; the shards say who works.
    expect(seen.run['state']).toBe('failed');
    expect(seen.dataset).toMatchObject({ state: 'running', rowsTotal: 60, engine: 'local' });
    expect(seen.dataset['owner']).toMatchObject({ pid: child.pid, host: hostname() });
    expect(seen.dataset['rowsPerSecond']).toBeGreaterThan(0);
    expect(seen.dataset['memoryBytes']).toBeGreaterThan(1e7);
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    expect((await ended).code).toBe(130);
    expect(processesOf(root)).toEqual([]);
    const left = readdirSync(join(root, 'datasets/tiny'));
    const files = readdirSync(join(root, 'datasets/tiny', left[0]!));
    expect(files.filter((n) => !/\.arrow$/.test(n)).sort()).toEqual(['journal.jsonl', 'plan.json']);
    expect(await ran(root, '--until', 'images')).toEqual({ plan: 'kept', images: 'made' });
    expect(readManifest(join(root, 'datasets/tiny', left[0]!)).rows).toBe(60);
  });

  test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    '%s of the parent (npm, Nx): the run ends too, and a dead lock is taken over',
    async (signal) => {
      const root = await workspace();
      const held = hold(root, 'shard-000001');
      const words = [binary, ...tiny, '--until', 'images', '--runs', join(root, 'runs')];
      const parent = spawn('bash', ['-c', '"$0" "$@"; true', process.execPath, ...words], {
        cwd: root,
        env: { ...held.env, SPECTRALOOM_WATCH_PARENT: '1' },
        stdio: 'ignore',
      });
      await held.reached();
      await until('a shard', () => shards(root).length > 0);
      const run = processesOf(root).filter((pid) => Number(pid) !== parent.pid);
      expect(run.length).toBeGreaterThan(0);
      parent.kill(signal);
      if (signal === 'SIGINT') {
        // bash waits for its child; a terminal sends Ctrl-C to both.
        for (const pid of run) process.kill(Number(pid), signal);
      }
      await until('everything ended', () => processesOf(root).length === 0);
      expect(await ran(root, '--until', 'images')).toMatchObject({ images: 'made' });
    },
  );
});

const mountable = spawnSync('sh', [
  '-c',
  'd=$(mktemp -d) && mount -t tmpfs -o size=64k none $d && umount $d',
]);
if (mountable.status !== 0) console.log('skipped: full disk, no right to mount a tmpfs');

describe.skipIf(mountable.status !== 0)('--datasets on a disk that is full or read-only', () => {
  test('one clear error, no empty folders; with more room the run goes on', async () => {
    const root = await workspace();
    const disk = join(root, 'disk');
    await mkdir(disk);
    const mount = (...args: string[]) => expect(spawnSync('mount', args).status).toBe(0);
    mount('-t', 'tmpfs', '-o', 'size=160k', 'none', disk);
    try {
      const images = [...tiny, '--until', 'images', '--datasets', disk, '--workers', '1'];
      const full = await spectraloom(root, ...images);
      expect(full.code).toBe(1);
      expect(full.err).toMatch(/No space is left/);
      expect(full.err).toMatch(/finished shards are kept/);
      expect(full.err).not.toMatch(/\n\s+at /);
      mount('-o', 'remount,size=8m', disk);
      const more = await spectraloom(root, ...images);
      expect(more.code, more.err).toBe(0);
      expect(more.err).toMatch(/of them kept from before/);
      expect(existsSync(join(root, 'datasets/tiny'))).toBe(false);
      await rm(join(root, 'runs'), { recursive: true });
      mount('-o', 'remount,ro', disk);
      const readOnly = await spectraloom(root, ...images);
      expect(readOnly.code).toBe(1);
      expect(readOnly.err).toMatch(/read-only|not be written|no permission/i);
    } finally {
      spawnSync('umount', [disk]);
    }
  });
});
