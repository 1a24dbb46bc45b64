import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import {
  fitShell,
  linearGrid,
  parseChi,
  parseFeffPath,
  ScatteringPath,
  sumPaths,
} from '@spectraloom/xray';
import { beforeAll, describe, expect, it } from 'vitest';
import * as api from './index.js';
import {
  loadShellReader,
  parseShellSettings,
  saveShellReader,
  scoreShellReader,
  type ShellReader,
  simulateShells,
  trainShellReader,
} from './index.js';

const root = fileURLToPath(new URL('../../../../../', import.meta.url));
const shared = process.env.SPECTRALOOM_SHARED ?? join(root, '../shared');
const folder = join(shared, 'data/exafs');
const present = existsSync(folder);
if (!present) console.log(`skipped: no ${folder} (set SPECTRALOOM_SHARED)`);

const pathOf = (file: string) =>
  new ScatteringPath(parseFeffPath(readFileSync(join(folder, file), 'utf8'), file));

it('exports exactly this', () => {
  expect(Object.keys(api).sort()).toEqual([
    'ShellReader',
    'disturbedSamples',
    'fitShellReader',
    'loadShellReader',
    'parseShellSettings',
    'saveShellReader',
    'scoreShellReader',
    'shellSettingsSchema',
    'shellTransform',
    'simulateShells',
    'trainShellReader',
  ]);
});

describe.skipIf(!present)('a shell reader', () => {
  const settings = parseShellSettings({});
  let path: ScatteringPath;
  let reader: ShellReader;
  const training = { samples: 4000, training: { epochs: 25 } };

  beforeAll(async () => {
    path = pathOf('palladium/feff0001.dat');
    reader = await trainShellReader(path, training);
  });

  it('reads simulated spectra it has not seen, with intervals that cover as they say', () => {
    const fresh = simulateShells(path, settings, 2000, 77);
    for (const level of [0.68, 0.95]) {
      const score = scoreShellReader(reader, fresh, level);
      for (const p of ['amplitude', 'deltaR', 'sigma2', 'e0Ev'] as const) {
        // Four standard deviations of what 400 kept-apart and 2000 fresh spectra allow.
        const sd = Math.sqrt(level * (1 - level) * (1 / 400 + 1 / 2000));
        expect(Math.abs(score.coverage[p] - level)).toBeLessThan(4 * sd);
      }
      expect(score.rmse.amplitude).toBeLessThan(0.8);
      expect(score.rmse.deltaR).toBeLessThan(0.02);
      expect(score.rmse.sigma2).toBeLessThan(0.001);
      expect(score.rmse.e0Ev).toBeLessThan(1.2);
    }
  });

  it('reads the palladium foil: the fitted values lie in its intervals', () => {
    const data = parseChi(readFileSync(join(folder, 'palladium/pd-foil.chik'), 'utf8'));
    const { values, atEdge, typicality, verdict } = reader.read(data, 0.95);
    const fitted = { amplitude: 10.3, deltaR: -0.0099, sigma2: 0.0057, e0Ev: -0.5 };
    for (const p of ['amplitude', 'deltaR', 'sigma2', 'e0Ev'] as const) {
      expect(values[p].low).toBeLessThan(fitted[p]);
      expect(values[p].high).toBeGreaterThan(fitted[p]);
    }
    expect(Math.abs(values.amplitude.value - 10.3)).toBeLessThan(1);
    expect(atEdge).toEqual([]);
    expect(typicality).toBeGreaterThan(0.05);
    expect(verdict).toBe('inside');
  });

  it('agrees with a least-squares fit of the same spectrum', () => {
    const k = linearGrid(0, 18, 361);
    const truth = { amplitude: 7, deltaR: 0.06, sigma2: 0.008, e0Ev: 3 };
    const chi = sumPaths([{ path, parameters: truth }], k);
    const fit = fitShell(path, { k, chi }, { kMin: 2, kMax: 14, rMin: 1.7, rMax: 3 });
    const read = reader.read({ k, chi }, 0.95).values;
    for (const p of ['amplitude', 'deltaR', 'sigma2', 'e0Ev'] as const) {
      expect(fit.values[p]).toBeGreaterThan(read[p].low);
      expect(fit.values[p]).toBeLessThan(read[p].high);
    }
  });

  it('says of a spectrum unlike those trained on that it is', () => {
    const k = linearGrid(0, 18, 361);
    let state = 3;
    const chi = k.map(() => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state / 2 ** 32 - 0.5) * 0.1;
    });
    expect(reader.read({ k, chi }).typicality).toBeLessThan(0.01);
    const outside = sumPaths([{ path, parameters: { amplitude: 25, sigma2: 0.02 } }], k);
    expect(reader.read({ k, chi: outside }).atEdge).toContain('amplitude');
    // No wave at all, another element's shell, two shells, too far, too disordered, too noisy.
    const copper = pathOf('copper/feff0001.dat');
    const shell = (of: ScatteringPath, parameters: object) =>
      sumPaths([{ path: of, parameters: { amplitude: 8, sigma2: 0.006, ...parameters } }], k);
    const far = shell(path, { deltaR: -0.15 }).map((v, i) => v + shell(path, { deltaR: 0.15 })[i]);
    for (const other of [
      new Float64Array(k.length),
      shell(copper, {}),
      far,
      shell(path, { deltaR: 0.35 }),
      shell(path, { e0Ev: 20 }),
      shell(path, {}).map((v, i) => v + chi[i]),
    ]) {
      expect(reader.read({ k, chi: other }).verdict).toBe('outside');
    }
    for (const amplitude of [4, 8, 12]) {
      const usual = reader.read({ k, chi: shell(path, { amplitude }) });
      expect(usual.verdict).toBe('inside');
      expect(usual.values.amplitude.low).toBeLessThan(amplitude);
      expect(usual.values.amplitude.high).toBeGreaterThan(amplitude);
    }
  });

  it('is the same for the same seed, and after saving', async () => {
    const small = { samples: 300, training: { epochs: 2 }, hidden: [8] };
    const one = await trainShellReader(path, small);
    const two = await trainShellReader(path, small);
    expect(saveShellReader(two, path)).toEqual(saveShellReader(one, path));
    const saved = JSON.parse(JSON.stringify(saveShellReader(one, path))) as unknown;
    const data = parseChi(readFileSync(join(folder, 'palladium/pd-foil.chik'), 'utf8'));
    expect(loadShellReader(saved, path).read(data)).toEqual(one.read(data));
    const other = pathOf('copper/feff0001.dat');
    expect(() => loadShellReader(saved, other)).toThrow(/another path/);
    expect(() => loadShellReader({ ...(saved as object), mean: 0 }, path)).toThrow(/SAVED|saved/);
  });

  it('says what is wrong with settings, levels and ranges of k', async () => {
    await expect(trainShellReader(path, { samples: 10 })).rejects.toThrow(/200 at least/);
    expect(() => parseShellSettings({ amplitude: [5, 3] })).toThrow(/ascends/);
    expect(() =>
      reader.read({ k: linearGrid(0, 18, 361), chi: new Float64Array(361).fill(1) }, 2),
    ).toThrow(/between 0 and 1/);
    expect(() => reader.read({ k: linearGrid(3, 12, 181), chi: new Float64Array(181) })).toThrow(
      /k range/,
    );
  });
});
