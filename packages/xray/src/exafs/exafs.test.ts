import { describe, expect, it } from 'vitest';
import { XrayError } from '../errors.js';
import { linearGrid } from '../spectra/broaden.js';
import { filesOf, sharedFolder, textOf } from '../testing/shared.fixture.js';
import { einsteinSigma2, ScatteringPath, sumPaths } from './chi.js';
import { amplitudeReduction, parseChi, parseColumns } from './columns.js';
import { parseFeffPath } from './feffPath.js';
import { fitShell } from './fit.js';
import { FourierTransform, hanningWindow } from './fourier.js';
import { CubicSpline } from './spline.js';

const copper = sharedFolder('data/exafs/copper');
const palladium = sharedFolder('data/exafs/palladium');

const pathOf = (folder: string, file: string) =>
  new ScatteringPath(parseFeffPath(textOf(folder, file), file));

describe.skipIf(!copper)('copper', () => {
  it("meets FEFF's own chi(k) to better than 4 % rms between 3 and 15 per angstrom", () => {
    const text = textOf(copper!, 'chi.dat');
    const reference = parseChi(text, 'chi.dat');
    const s02 = amplitudeReduction(parseColumns(text).comments);
    expect(s02).toBe(0.95);
    const paths = filesOf(copper!)
      .filter((f) => /^feff\d+\.dat$/.test(f))
      .map((f) => pathOf(copper!, f))
      .map((path) => ({ path, parameters: { amplitude: s02! * path.table.degeneracy } }));
    expect(paths.length).toBe(14);
    const rows = Array.from(reference.k, (_, i) => i).filter(
      (i) => reference.k[i]! > 3 && reference.k[i]! < 15,
    );
    const k = Float64Array.from(rows, (i) => reference.k[i]!);
    const chi = sumPaths(paths, k);
    let misfit = 0;
    let size = 0;
    rows.forEach((i, j) => {
      misfit += (chi[j]! - reference.chi[i]!) ** 2;
      size += reference.chi[i]! ** 2;
    });
    const rms = Math.sqrt(misfit / size);
    console.log(`copper: rms ${(100 * rms).toFixed(2)} %`);
    expect(rms).toBeLessThan(0.04);
  });
});

describe.skipIf(!palladium)('palladium foil', () => {
  it('is fitted as by the conventional programs, within their errors', () => {
    const path = pathOf(palladium!, 'feff0001.dat');
    const data = parseChi(textOf(palladium!, 'pd-foil.chik'), 'pd-foil.chik');
    const fit = fitShell(path, data, { kMin: 2, kMax: 14, kWeight: 2, rMin: 1.7, rMax: 3 });
    console.log('palladium:', fit.values, fit.errors, fit.rFactor);
    expect(Math.abs(fit.values.amplitude - 10.3)).toBeLessThan(0.2);
    expect(Math.abs(fit.values.deltaR + 0.0099)).toBeLessThan(0.0009);
    expect(Math.abs(fit.values.sigma2 - 0.0057)).toBeLessThan(0.0001);
    expect(Math.abs(fit.values.e0Ev + 0.5)).toBeLessThan(0.2);
    // The published errors are of this size; ours, honest for white noise (below), are somewhat larger.
    const published = { amplitude: 0.2, deltaR: 0.0009, sigma2: 0.0001, e0Ev: 0.2 };
    for (const p of fit.fitted) {
      expect(fit.errors[p] / published[p]).toBeGreaterThan(0.5);
      expect(fit.errors[p] / published[p]).toBeLessThan(4);
    }
  });

  it('gives back what a simulated spectrum was made of, from far starts, and with honest errors', () => {
    const path = pathOf(palladium!, 'feff0001.dat');
    const k = linearGrid(0, 18, 361);
    let state = 7;
    const uniform = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state + 0.5) / 2 ** 32;
    };
    const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    const misses: number[][] = [];
    for (let n = 0; n < 40; n++) {
      const truth = {
        amplitude: 4 + 9 * uniform(),
        deltaR: -0.1 + 0.2 * uniform(),
        sigma2: 0.003 + 0.008 * uniform(),
        e0Ev: -6 + 12 * uniform(),
      };
      const chi = sumPaths([{ path, parameters: truth }], k);
      const noisy = chi.map((x) => x + 0.001 * normal());
      const options = { kMin: 3, kMax: 14, rMin: 1.6, rMax: 3.2 };
      if (n < 5) {
        const exact = fitShell(path, { k, chi }, options);
        expect(exact.values.amplitude).toBeCloseTo(truth.amplitude, 5);
        expect(exact.values.deltaR).toBeCloseTo(truth.deltaR, 7);
        expect(exact.values.sigma2).toBeCloseTo(truth.sigma2, 8);
        expect(exact.values.e0Ev).toBeCloseTo(truth.e0Ev, 5);
      }
      const fit = fitShell(path, { k, chi: noisy }, options);
      misses.push(fit.fitted.map((p) => (fit.values[p] - truth[p]) / fit.errors[p]));
    }
    for (let p = 0; p < 4; p++) {
      const inside = misses.filter((m) => Math.abs(m[p]!) < 1).length / misses.length;
      // 68 % of 40, give or take three standard deviations.
      expect(inside).toBeGreaterThan(0.46);
      expect(inside).toBeLessThan(0.91);
    }
  });

  it('says which table, range or option is wrong', () => {
    const text = textOf(palladium!, 'feff0001.dat');
    const code = (f: () => unknown) => {
      try {
        f();
      } catch (e) {
        expect(e).toBeInstanceOf(XrayError);
        return (e as XrayError).code;
      }
      return 'nothing';
    };
    const lines = text.split('\n');
    expect(code(() => parseFeffPath(lines.slice(0, 10).join('\n')))).toBe('PATH_TABLE_CUT_SHORT');
    expect(code(() => parseFeffPath(lines.slice(0, 17).join('\n')))).toBe('PATH_TABLE_CUT_SHORT');
    expect(code(() => parseFeffPath(text.trimEnd().slice(0, -14)))).toBe('PATH_TABLE_CUT_SHORT');
    expect(code(() => parseFeffPath('hello'))).toBe('PATH_TABLE_INVALID');
    expect(code(() => parseFeffPath(text.replace('2.9714E+00', '******')))).toBe(
      'PATH_TABLE_INVALID',
    );
    const path = pathOf(palladium!, 'feff0001.dat');
    expect(code(() => sumPaths([{ path, parameters: { amplitude: 1 } }], [25]))).toBe(
      'K_OUT_OF_RANGE',
    );
    expect(() => sumPaths([{ path, parameters: { amplitude: 1 } }], [25])).toThrow(/feff0001/);
    const data = parseChi(textOf(palladium!, 'pd-foil.chik'));
    const options = { kMin: 2, kMax: 14, rMin: 1.7, rMax: 3 };
    expect(code(() => fitShell(path, data, { ...options, kMax: 40 }))).toBe('K_OUT_OF_RANGE');
    expect(code(() => fitShell(path, data, { ...options, rMax: 1 }))).toBe('OPTION_INVALID');
    expect(code(() => fitShell(path, data, { ...options, rMax: 1.9 }))).toBe('FIT_FAILED');
    expect(code(() => parseChi('1 2\n3\n'))).toBe('FILE_INVALID');
    expect(code(() => parseChi('1 2\n0 3\n'))).toBe('FILE_INVALID');
  });
});

describe('the pieces', () => {
  it('spline: exact for cubics, smooth through sines', () => {
    const x = Float64Array.from([0, 0.3, 1, 1.4, 2.5, 3, 4]);
    const cubic = (t: number) => 1 - 2 * t + 0.5 * t * t - 0.3 * t ** 3;
    const s = new CubicSpline(x, x.map(cubic));
    for (let t = -0.2; t < 4.3; t += 0.07) expect(s.value(t)).toBeCloseTo(cubic(t), 10);
    const fine = linearGrid(0, 6, 121);
    const sine = new CubicSpline(fine, fine.map(Math.sin));
    for (let t = 0.01; t < 6; t += 0.013)
      expect(Math.abs(sine.value(t) - Math.sin(t))).toBeLessThan(1e-6);
  });

  it('Fourier transform of a wave at R peaks at R', () => {
    const r = linearGrid(0, 6, 301);
    const ft = new FourierTransform(r, { kMin: 2, kMax: 16, kWeight: 0 });
    const chi = ft.k.map((k) => Math.sin(2 * k * 2.5));
    const out = ft.apply(chi);
    const size = Array.from(r, (_, i) => Math.hypot(out[i]!, out[r.length + i]!));
    expect(r[size.indexOf(Math.max(...size))]).toBeCloseTo(2.5, 2);
  });

  it('Hanning window: 0, half way up at kMin, 1, half way down at kMax, 0', () => {
    const w = (k: number) => hanningWindow(k, 3, 12, 2);
    expect([w(1.9), w(3), w(7), w(12), w(13.1)].map((x) => Math.round(x * 1e9) / 1e9)).toEqual([
      0, 0.5, 1, 0.5, 0,
    ]);
  });

  it("Einstein's model: hbar / (2 mu omega) at 0 K, kT / (mu omega^2) when hot", () => {
    const [mu, theta] = [31.77, 232];
    const zero = einsteinSigma2(mu, theta, 0);
    // hbar^2 / (2 mu k_B theta) in Å^2
    const hbar = 1.054571817e-34;
    const expected = hbar ** 2 / (2 * mu * 1.6605390666e-27 * 1.380649e-23 * theta) / 1e-20;
    expect(zero / expected).toBeCloseTo(1, 4);
    expect(einsteinSigma2(mu, theta, 1e-9)).toBeCloseTo(zero, 12);
    expect(einsteinSigma2(mu, theta, 20000) / ((zero * (2 * 20000)) / theta)).toBeCloseTo(1, 3);
  });
});
