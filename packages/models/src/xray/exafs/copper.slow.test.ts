import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import {
  einsteinSigma2,
  linearGrid,
  parseChi,
  parseFeffPath,
  ScatteringPath,
  sumPaths,
} from '@spectraloom/xray';
import { describe, expect, it } from 'vitest';
import { parseShellSettings, scoreShellReader, simulateShells, trainShellReader } from './index.js';

const root = fileURLToPath(new URL('../../../../../', import.meta.url));
const folder = join(process.env.SPECTRALOOM_SHARED ?? join(root, '../shared'), 'data/exafs');
const present = existsSync(folder);
if (!present) console.log(`skipped: no ${folder} (set SPECTRALOOM_SHARED)`);

const pathOf = (file: string) =>
  new ScatteringPath(parseFeffPath(readFileSync(join(folder, file), 'utf8'), file));
const names = ['amplitude', 'deltaR', 'sigma2', 'e0Ev'] as const;

describe.skipIf(!present)('a reader trained on 20000 spectra', () => {
  it('reads the palladium foil within the errors of the conventional fit', async () => {
    const path = pathOf('palladium/feff0001.dat');
    const cpu = process.cpuUsage();
    const reader = await trainShellReader(path);
    const { user, system } = process.cpuUsage(cpu);
    const fresh = simulateShells(path, parseShellSettings({}), 4000, 5);
    const score = scoreShellReader(reader, fresh);
    const data = parseChi(readFileSync(join(folder, 'palladium/pd-foil.chik'), 'utf8'));
    const { values, rFactor } = reader.read(data, 0.68);
    console.log(
      `trained in ${((user + system) / 1e6).toFixed(0)} s of CPU`,
      score,
      values,
      rFactor,
    );
    for (const p of names) expect(Math.abs(score.coverage[p] - 0.95)).toBeLessThan(0.025);
    const fitted = { amplitude: 10.3, deltaR: -0.0099, sigma2: 0.0057, e0Ev: -0.5 };
    const wide = reader.read(data, 0.95).values;
    for (const p of names) {
      expect(wide[p].low).toBeLessThan(fitted[p]);
      expect(wide[p].high).toBeGreaterThan(fitted[p]);
    }
    expect(Math.abs(values.amplitude.value - 10.3)).toBeLessThan(0.5);
  });

  it('reads the first shell of a copper spectrum made of all its paths', async () => {
    const first = pathOf('copper/feff0001.dat');
    const reader = await trainShellReader(first, { settings: { rMin: 1.6, rMax: 2.8 } });
    const k = linearGrid(0, 17, 341);
    for (const temperature of [80, 300]) {
      const sigma2 = einsteinSigma2(31.77, 240, temperature);
      const paths = readdirSync(join(folder, 'copper'))
        .filter((f) => /^feff\d+\.dat$/.test(f))
        .map((f) => pathOf(`copper/${f}`))
        .map((path, i) => ({
          path,
          parameters: {
            amplitude: 0.9 * path.table.degeneracy,
            sigma2: i === 0 ? sigma2 : 1.3 * sigma2,
            e0Ev: 1.5,
          },
        }));
      const { values } = reader.read({ k, chi: sumPaths(paths, k) }, 0.95);
      console.log(`copper at ${temperature} K (N S0^2 10.8, s2 ${sigma2.toFixed(5)}):`, values);
      const truth = { amplitude: 10.8, deltaR: 0, sigma2, e0Ev: 1.5 };
      for (const p of names) {
        expect(values[p].low).toBeLessThan(truth[p]);
        expect(values[p].high).toBeGreaterThan(truth[p]);
      }
    }
  });
});
