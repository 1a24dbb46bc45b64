import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectBackend } from '@spectraloom/compute';
import type { Network } from '@spectraloom/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCheckpoint, saveCheckpoint } from '../checkpoint/checkpoint.js';
import { saveUncertainty, loadUncertainty, type StoredMethod } from './file.js';
import type { ClassGaussians } from './gaussians.js';
import { predictSource, type UncertaintyMethod } from './method.js';
import { circle, moons, moonsPreprocessing, trainOnMoons } from './moons.fixture.js';
import { dduMethod, duqMethod, ensembleMethod, fitDdu, softmaxMethod } from './networks.js';
import { calibrate, type Calibration, outsideVerdict, verdicts } from './verdict.js';

const preprocessing = moonsPreprocessing;
const fitted = new Map<string, { method: UncertaintyMethod; calibration: Calibration }>();
const networks: Network[] = [];
let gaussians: ClassGaussians;
let folder = '';

beforeAll(async () => {
  await selectBackend({ require: 'wasm' });
  folder = await mkdtemp(join(tmpdir(), 'spectraloom-moons-'));
  const plain = await trainOnMoons('mlp', { units: 32 }, {});
  const bounded = await trainOnMoons('mlp', { units: 32, spectralNorm: 1 }, {});
  const duq = await trainOnMoons(
    'duq',
    { trunk: 'mlp', units: 32, lengthScale: 0.3, momentum: 0.99 },
    { gradientPenalty: 0.5 },
  );
  networks.push(plain, bounded, duq);
  gaussians = await fitDdu({ network: bounded, preprocessing }, moons(500, 1).source);
  const trained = networks.map((network) => ({ network, preprocessing }));
  const methods = [
    softmaxMethod(trained[0]!),
    dduMethod(trained[1]!, gaussians),
    duqMethod(trained[2]!),
    ensembleMethod([trained[0]!, trained[1]!]),
  ];
  // Points that neither trained nor chose a network.
  const fresh = moons(400, 3).source;
  for (const method of methods) {
    const output = await predictSource(method, fresh);
    fitted.set(method.name, { method, calibration: calibrate(method, output) });
  }
});
afterAll(async () => {
  networks.forEach((n) => n.dispose());
  await rm(folder, { recursive: true, force: true });
});

async function judge(name: string, points: Float32Array) {
  const { method, calibration } = fitted.get(name)!;
  const output = await method.predict(points, points.length / 2);
  return verdicts(method, output, calibration);
}

const part = <T>(items: T[], keep: (item: T) => boolean) =>
  items.filter(keep).length / items.length;
const mean = (values: number[]) => values.reduce((s, x) => s + x, 0) / values.length;

describe('on the moons', () => {
  it.each(['softmax', 'ddu', 'duq', 'ensemble'])('%s calls them right', async (name) => {
    const { points, labels } = moons(400, 4);
    const judged = await judge(name, points);
    const right = judged.map((v, i) => v.called === ['upper', 'lower'][labels[i]!]);
    expect(part(right, Boolean)).toBeGreaterThan(0.97);
    // 1 % by construction; five standard deviations of 400 and of the calibration's 400.
    expect(part(judged, (v) => v.outside)).toBeLessThan(0.01 + 2 * 5 * Math.sqrt(0.0099 / 400));
    const covered = judged.map((v, i) => v.set.includes(['upper', 'lower'][labels[i]!]!));
    expect(part(covered, Boolean)).toBeGreaterThan(0.9 - 2 * 5 * Math.sqrt(0.09 / 400));
  });
});

describe('far from the moons', () => {
  it('softmax is sure of itself, and the farther the surer', async () => {
    const at = async (radius: number) =>
      mean((await judge('softmax', circle(radius))).map((v) => Math.max(...v.probabilities)));
    expect(await at(10)).toBeGreaterThan(0.99);
    expect(await at(10)).toBeGreaterThan((await at(2)) - 1e-6);
    expect(part(await judge('softmax', circle(10)), (v) => v.outside)).toBeLessThan(0.3);
  });

  it.each(['ddu', 'duq'])('%s says that they are outside, with the number', async (name) => {
    for (const radius of [5, 10, 30]) {
      const judged = await judge(name, circle(radius));
      expect(part(judged, (v) => v.verdict === outsideVerdict)).toBeGreaterThan(0.95);
      expect(Math.max(...judged.map((v) => v.pValue))).toBeLessThan(0.1);
    }
    const near = mean((await judge(name, moons(200, 6).points)).map((v) => v.score));
    const scores: number[] = [];
    for (const radius of [2, 4, 8]) {
      scores.push(mean((await judge(name, circle(radius))).map((v) => v.score)));
    }
    // Falls with the distance.
    expect(near).toBeGreaterThan(scores[0]!);
    expect(scores[0]!).toBeGreaterThan(scores[1]!);
    expect(scores[1]!).toBeGreaterThan(scores[2]!);
  });

  it('a verdict holds the numbers it came from', async () => {
    const [verdict] = await judge('ddu', circle(10, 1));
    expect(verdict).toMatchObject({ outside: true, outsideBelow: 0.01, alpha: 0.1 });
    expect(verdict!.pValue).toBe(1 / 401);
    expect(verdict!.probabilities).toHaveLength(2);
  });
});

describe('calibration', () => {
  it('refuses too few images for its level', () => {
    const few = { labels: new Int32Array(40), probabilities: new Float64Array(80) };
    const output = { ...few, inDistribution: new Float64Array(40), rows: new Float64Array(40) };
    const { method } = fitted.get('ddu')!;
    expect(() => calibrate(method, output)).toThrow(/too few.*40 images.*100 images or more/);
  });

  it('of a copied class is refused', () => {
    const odd = { ...gaussians, means: gaussians.means.slice(1) };
    expect(() => dduMethod({ network: networks[1]!, preprocessing }, odd)).toThrow(
      /of another network/,
    );
    expect(() => duqMethod({ network: networks[0]!, preprocessing })).toThrow(/got: mlp/);
  });
});

describe('methods in a file', () => {
  async function written(): Promise<StoredMethod[]> {
    const names = ['plain', 'bounded', 'duq'];
    const stored = [];
    for (const [i, network] of networks.entries()) {
      const file = `${names[i]}.safetensors`;
      const path = join(folder, file);
      await saveCheckpoint(path, network, { preprocessing, seed: 0, epoch: 1 });
      const { header, network: copy } = await loadCheckpoint(path);
      copy.dispose();
      stored.push({ file, sha256: header.sha256 });
    }
    const of = (name: string) => fitted.get(name)!.calibration;
    const [plain, bounded, duq] = stored as [never, never, never];
    return [
      { name: 'softmax', networks: [plain], calibration: of('softmax') },
      { name: 'ddu', networks: [bounded], gaussians, calibration: of('ddu') },
      { name: 'ddu-bounded', networks: [bounded], gaussians, calibration: of('ddu') },
      { name: 'duq', networks: [duq], calibration: of('duq') },
      { name: 'ensemble', networks: [plain, bounded], calibration: of('ensemble') },
    ];
  }

  it('give the same verdicts, number for number', async () => {
    await saveUncertainty(folder, await written());
    const loaded = await loadUncertainty(folder);
    const points = moons(50, 9).points;
    for (const { method, calibration } of loaded.methods) {
      const output = await method.predict(points, 50);
      expect(verdicts(method, output, calibration)).toEqual(
        await judge(method.name.replace('-bounded', ''), points),
      );
    }
    expect(loaded.methods.map((m) => m.method.name)).toEqual([
      ...['softmax', 'ddu', 'ddu-bounded', 'duq', 'ensemble'],
    ]);
    loaded.dispose();
  });

  it('an infinite threshold comes back', async () => {
    const [softmax] = await written();
    const open = { alpha: 0.001, thresholds: [Infinity, 0.5] };
    const calibration = { ...softmax!.calibration, marginal: open };
    await saveUncertainty(folder, [{ ...softmax!, calibration } as StoredMethod]);
    const { methods, dispose } = await loadUncertainty(folder);
    expect(methods[0]!.calibration.marginal).toEqual(open);
    dispose();
  });

  it('of other networks, damaged, missing or reaching out of the folder are refused', async () => {
    const methods = await written();
    await expect(loadUncertainty(join(folder, 'none'))).rejects.toThrow(/no fitted methods/);
    const swapped = methods.map((m) => ({
      ...m,
      networks: m.networks.map((n) => ({ ...n, sha256: '0'.repeat(64) })),
    }));
    await saveUncertainty(folder, swapped as StoredMethod[]);
    await expect(loadUncertainty(folder)).rejects.toThrow(/plain.safetensors is another network/);
    const text = (change: (m: Record<string, unknown>) => void) => {
      const copy = structuredClone(methods) as unknown as Record<string, unknown>[];
      change(copy[1]!);
      const all = { format: 'spectraloom-uncertainty/1', methods: copy };
      return writeFile(join(folder, 'uncertainty.json'), JSON.stringify(all));
    };
    const bad: [(m: Record<string, unknown>) => void, RegExp][] = [
      [(m) => (m['networks'] = [{ file: '../a.safetensors', sha256: '0'.repeat(64) }]), /file/],
      [(m) => (m['name'] = 'magic'), /name/],
      [(m) => ((m['gaussians'] as ClassGaussians).factors[0]![0] = -1), /gaussians/],
      [(m) => ((m['calibration'] as Calibration).scores = [2, 1]), /scores must ascend/],
    ];
    for (const [change, message] of bad) {
      await text(change);
      await expect(loadUncertainty(folder)).rejects.toThrow(message);
    }
    await writeFile(join(folder, 'uncertainty.json'), '{');
    await expect(loadUncertainty(folder)).rejects.toMatchObject({ code: 'UNCERTAINTY_CORRUPT' });
  });
});
