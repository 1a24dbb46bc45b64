import { existsSync, readdirSync } from 'node:fs';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readManifest, readNpy, writeNpy } from '@spectraloom/shards';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hold, spectraloom, start, tinyWorkspace } from './commandLine.fixture.js';

let root: string;
const roots: string[] = [];
async function workspace(): Promise<string> {
  const made = await tinyWorkspace();
  roots.push(made);
  return made;
}

const tiny = ['run', 'tiny', '--preset', 'fast', '--backend', 'wasm'];

/** Folder of the only data set of a workspace. */
function dataset(of: string): string {
  const base = join(of, 'datasets', 'tiny');
  const [name, ...more] = readdirSync(base);
  expect(more).toEqual([]);
  return join(base, name!);
}

beforeAll(async () => {
  root = await workspace();
  const ended = await spectraloom(root, ...tiny);
  expect(ended.err).toContain('Report: ');
  expect(ended.code).toBe(0);
});
afterAll(async () => {
  for (const each of roots) await rm(each, { recursive: true, force: true });
});

describe('spectraloom run', () => {
  test("prints the report's path, counts rejected draws, and does nothing twice", async () => {
    const again = await spectraloom(root, ...tiny, '--json');
    const events = again.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; stage?: string; report?: string });
    expect(events.filter((e) => e.type === 'stage-kept').map((e) => e.stage)).toEqual([
      'plan',
      'images',
      'train',
      'calibrate',
      'outside',
      'evaluate',
      'explain',
      'report',
    ]);
    const report = events.at(-1)!.report!;
    const html = await readFile(report, 'utf8');
    expect(html).toContain('Is a square antiferromagnet frustrated?');
    expect(html).toMatch(/simulated/);
    expect(html).toContain('How far to believe it');
    expect(html).toContain('Network and physics, tile by tile');
    const plan = JSON.parse(
      await readFile(
        join(
          root,
          'runs/tiny/fast/plan',
          readdirSync(join(root, 'runs/tiny/fast/plan'))[0]!,
          'stage.json',
        ),
        'utf8',
      ),
    ) as { results: { draws: { label: string; rejected: number }[] } };
    // J2 > J/2 destabilises the Neel state; without J2 nothing does.
    const [nearest, frustrated] = plan.results.draws;
    expect(nearest).toMatchObject({ label: 'nearest', rejected: 0 });
    expect(frustrated!.rejected).toBeGreaterThan(0);
  });

  test('a comment re-runs nothing; a changed prior re-runs all, and why names it', async () => {
    const changed = await workspace();
    await spectraloom(changed, ...tiny, '--until', 'images');
    const model = join(changed, 'pipelines/tiny/models/frustrated.yaml');
    await appendFile(model, '\n# a comment\n');
    const same = await spectraloom(changed, 'why', 'tiny', 'images', '--preset', 'fast');
    expect(same.out).toMatch(/^images\s+current/);
    await writeFile(model, (await readFile(model, 'utf8')).replace('[0.8, 2.6]', '[0.8, 2.5]'));
    const why = await spectraloom(changed, 'why', 'tiny', 'plan', '--preset', 'fast');
    expect(why.out).toMatch(
      /stale\s+models\.frustrated\.parameters\.J2\.prior\.uniform\[1\]: 2\.6 -> 2\.5/,
    );
  });

  test('kill -9 while images are made: finished shards stay, the manifest is the same', async () => {
    const broken = await workspace();
    const third = hold(broken, 'shard-000003');
    const images = [...tiny, '--until', 'images', '--workers', '1'];
    const { child, ended } = start(broken, images, third.env);
    await third.reached();
    child.kill('SIGKILL');
    expect((await ended).signal).toBe('SIGKILL');
    const kept = readdirSync(dataset(broken)).filter((name) => name.endsWith('.arrow'));
    expect(kept).toHaveLength(3);
    expect(existsSync(join(dataset(broken), 'manifest.json'))).toBe(false);
    const before = new Map<string, Buffer>();
    for (const name of kept) before.set(name, await readFile(join(dataset(broken), name)));

    const resumed = await spectraloom(broken, ...tiny, '--until', 'images', '--workers', '2');
    expect(resumed.code).toBe(0);
    expect(resumed.err).toMatch(/of them kept from before/);
    for (const [name, bytes] of before) {
      expect((await readFile(join(dataset(broken), name))).equals(bytes)).toBe(true);
    }
    expect(readManifest(dataset(broken)).manifestHash).toBe(
      readManifest(dataset(root)).manifestHash,
    );
  });

  test('Ctrl-C ends with code 130 and a way to go on', async () => {
    const stopped = await workspace();
    const second = hold(stopped, 'shard-000001');
    const { child, ended } = start(stopped, [...tiny, '--workers', '1'], second.env);
    await second.reached();
    child.kill('SIGINT');
    const { code, err } = await ended;
    expect(code).toBe(130);
    expect(err).toMatch(/run the same command again/);
    expect((await spectraloom(stopped, ...tiny, '--until', 'images')).code).toBe(0);
  });

  test('an altered shard is found, named and not believed', async () => {
    const folder = dataset(root);
    const shard = join(folder, 'shard-000001.arrow');
    const bytes = await readFile(shard);
    const altered = Buffer.from(bytes);
    altered[altered.length >> 1]! ^= 1;
    await writeFile(shard, altered);
    try {
      const quick = await spectraloom(root, 'dataset', 'verify', folder);
      expect(quick.code, 'sizes alone do not show it').toBe(0);
      const full = await spectraloom(root, 'dataset', 'verify', folder, '--full');
      expect(full.code).toBe(1);
      expect(full.out).toContain('shard-000001.arrow: sha256');
      const trained = await spectraloom(root, 'train', 'tiny', '--preset', 'fast', '--fresh');
      expect(trained.code).toBe(1);
      expect(trained.err).toContain('shard-000001.arrow');
    } finally {
      await writeFile(shard, bytes);
    }
  });

  test('a measured image given by the user is classified; predict agrees', async () => {
    const shape = [24, 36];
    const image = Float32Array.from({ length: 24 * 36 }, (_, i) => 1 + Math.sin(i / 3));
    const path = join(root, 'measured.npy');
    await writeFile(path, writeNpy(image, [1, ...shape, 1]));
    const ran = await spectraloom(root, ...tiny, '--measured', path, '--mirror-k');
    expect(ran.code).toBe(0);
    const scores = /your measured image: nearest ([\d.]+), frustrated ([\d.]+)/.exec(ran.err)!;
    const predicted = await spectraloom(
      root,
      'predict',
      'tiny',
      join(root, 'no-such-file.npy'),
      path,
      '--mirror-k',
      '--preset',
      'fast',
      '--backend',
      'wasm',
      '--json',
    );
    // A bad file is told, the next one is judged, and the exit code says that one failed.
    expect(predicted.code).toBe(1);
    const lines = predicted.out.trim().split('\n');
    const [bad, good] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(bad).toMatchObject({ error: { code: 'MEASURED_INVALID' } });
    expect(predicted.err).toContain('1 of 2 files could not be judged');
    const {
      scores: own,
      methods,
      because,
    } = good as {
      because: string;
      scores: Record<string, number>;
      methods: { method: string; pValue: number; because?: string; parts?: { name: string }[] }[];
    };
    expect(methods.map((m) => m.method)).toEqual(['softmax', 'ddu', 'subspace']);
    // A sine across the image is nothing that was trained on.
    expect(methods[1]!.pValue).toBeLessThan(0.2);
    expect(methods[2]!.pValue).toBeLessThan(0.2);
    // The verdict that is quoted is that of the image itself, with the score that it rests on.
    const names = methods[2]!.parts!.map((p) => p.name);
    expect(names).toEqual(['pattern', 'remainder', 'intensities', 'detectors']);
    expect(names).toContain(because);
    expect(because).toBe(methods[2]!.because);
    expect(own['nearest']).toBeCloseTo(Number(scores[1]), 3);
    expect(own['frustrated']).toBeCloseTo(Number(scores[2]), 3);
  });
});

describe('spectraloom image', () => {
  test('writes a float32 image of the pipeline beside the model', async () => {
    const out = join(root, 'x.npy');
    const model = 'pipelines/tiny/models/nearest.yaml';
    const { code } = await spectraloom(root, 'image', model, '--out', out, '--param', 'J=4.5');
    expect(code).toBe(0);
    const array = readNpy(await readFile(out), out);
    expect(array.descr).toBe('<f4');
    expect(array.shape).toEqual([24, 36]);
    expect(Math.max(...(array.data as Float32Array))).toBeGreaterThan(0);
  });
});

describe('spectraloom dispersion', () => {
  test('meets the closed form of the square antiferromagnet', async () => {
    const model = 'pipelines/tiny/models/nearest.yaml';
    const { out } = await spectraloom(root, 'dispersion', model, '--q', '0.2,0.1,0', '--json');
    const { points } = JSON.parse(out) as { points: { energies: number[] }[] };
    // omega = 4 J S sqrt(1 - gamma^2), gamma = cos(pi h) cos(pi k) for bonds along (1/2, 1/2).
    const gamma = Math.cos(0.2 * Math.PI) * Math.cos(0.1 * Math.PI);
    const omega = 4 * 4 * 2.5 * Math.sqrt(1 - gamma ** 2);
    for (const energy of points[0]!.energies) expect(energy).toBeCloseTo(omega, 6);
  });
});
