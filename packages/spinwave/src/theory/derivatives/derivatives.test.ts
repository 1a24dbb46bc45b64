import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../linalg/random.fixture.js';
import type { SpinModel } from '../../model/types.js';
import { spectrumDerivatives, type DerivativeOptions } from './derivatives.js';
import { fisherInformation, intensityGradient } from './fisher.js';
import { intensityMap } from '../intensities/intensityMap.js';
import { gaussianKernel, lorentzianKernel } from '../intensities/kernels.js';
import { linearBond, makeModel, site, UNIT3 } from '../testing/models.fixture.js';
import { pcsmo } from '../testing/pcsmo.fixture.js';
import { prepare } from '../prepare.js';
import { enlarge, randomModel, type Kind } from '../testing/random.fixture.js';
import { spectrum } from '../intensities/spectrum.js';

fc.configureGlobal({ seed: 10 });
const seed = fc.integer({ min: 0, max: 1 << 30 });

/** sum over modes of S f(E) for smooth f: differentiable also where modes are degenerate. */
const tests = [
  { f: () => 1, slope: () => 0 },
  { f: (e: number) => Math.cos(e / 5), slope: (e: number) => -Math.sin(e / 5) / 5 },
  { f: (e: number) => Math.exp(-e / 20), slope: (e: number) => -Math.exp(-e / 20) / 20 },
];

function checkMoments(model: SpinModel, Q: Float64Array, options: DerivativeOptions): void {
  const prepared = prepare(model);
  const p = prepared.parameterVector();
  const d = spectrumDerivatives(prepared, p, Q, options);
  const nP = p.length;
  const value = (x: Float64Array) => {
    const s = spectrum(prepared, x, Q, { ...options, subspaceToleranceMeV: 0 });
    return Array.from({ length: s.nQ }, (_, k) =>
      tests.map(({ f }) => {
        let sum = 0;
        for (let m = 0; m < s.nModes; m++) {
          const at = k * s.nModes + m;
          sum += s.sPerp[at]! * f(s.energiesMeV[at]!);
        }
        return sum;
      }),
    );
  };
  const base = spectrum(prepared, p, Q, { ...options, subspaceToleranceMeV: 1e-9 });
  d.energiesMeV.forEach((e, i) => expect(e).toBeCloseTo(base.energiesMeV[i]!, 8));
  for (let j = 0; j < nP; j++) {
    const h = 1e-4;
    const up = p.slice();
    const down = p.slice();
    up[j] = p[j]! + h;
    down[j] = p[j]! - h;
    const [a, b] = [value(up), value(down)];
    for (let k = 0; k < d.nQ; k++)
      tests.forEach(({ f, slope }, t) => {
        let analytic = 0;
        for (let m = 0; m < d.nModes; m++) {
          const at = k * d.nModes + m;
          const e = d.energiesMeV[at]!;
          analytic += d.dSPerp[at * nP + j]! * f(e) + d.shift[at * nP + j]! * slope(e);
        }
        const numeric = (a[k]![t]! - b[k]![t]!) / (2 * h);
        expect(Math.abs(analytic - numeric)).toBeLessThan(2e-6 * Math.max(1, Math.abs(numeric)));
      });
  }
}

describe('derivatives against finite differences', () => {
  it('S_perp-weighted moments of random models, also with degenerate and folded modes', () => {
    fc.assert(
      fc.property(seed, fc.constantFrom<Kind>('general', 'collinear', 'coplanar'), (s, kind) => {
        const r = seeded(s + 1);
        const Q = Float64Array.from({ length: 6 }, r);
        const model = randomModel(s, kind, 2);
        checkMoments(model, Q, {});
        checkMoments(enlarge(model, [2, 1, 1]), Q, { temperatureKelvin: 50 });
        checkMoments(model, Q, { temperatureKelvin: 80, side: 'loss' });
      }),
      { numRuns: 12 },
    );
  });

  it('exact degeneracy: a decoupled copy of the model', () => {
    const model = randomModel(77, 'general', 2);
    const twice: SpinModel = {
      ...model,
      sites: [...model.sites, ...model.sites],
      bonds: [
        ...model.bonds,
        ...model.bonds.map((b) => ({ ...b, from: b.from + 2, to: b.to + 2 })),
      ],
      anisotropies: [
        ...model.anisotropies,
        ...model.anisotropies.map((a) => ({ ...a, site: a.site + 2 })),
      ],
      stevens: [...model.stevens, ...model.stevens.map((a) => ({ ...a, site: a.site + 2 }))],
    };
    checkMoments(twice, Float64Array.from([0.2, 0.1, 0.4]), {});
  });

  it('energies of PCSMO (dimer, two-fold modes): d omega / dp', () => {
    const prepared = prepare(pcsmo('dimer'));
    const p = prepared.parameterVector();
    const Q = Float64Array.from([0.5, 0.2, 0, 0.13, 0.37, 0]);
    const d = spectrumDerivatives(prepared, p, Q);
    const h = 1e-5;
    for (let j = 0; j < p.length; j++) {
      const up = p.slice();
      const down = p.slice();
      up[j] = p[j]! + h;
      down[j] = p[j]! - h;
      const a = prepared.modes(Q, up).energiesMeV;
      const b = prepared.modes(Q, down).energiesMeV;
      a.forEach((e, i) => {
        // Modes of a pair are compared by their mean, which is smooth.
        const pair = i - (i % 2);
        const mean = (x: Float64Array) => (x[pair]! + x[pair + 1]!) / 2;
        const numeric = (mean(a) - mean(b)) / (2 * h);
        const analytic = (d.dEnergies[pair * 6 + j]! + d.dEnergies[(pair + 1) * 6 + j]!) / 2;
        expect(Math.abs(analytic - numeric), `${i} ${j} ${e}`).toBeLessThan(1e-6);
      });
    }
    // H is linear in the parameters and a pure scale: sum p_j d omega/dp_j = omega (Euler)
    d.energiesMeV.forEach((e, i) => {
      let sum = 0;
      for (let j = 0; j < 6; j++) sum += p[j]! * d.dEnergies[i * 6 + j]!;
      if (i < 16) return; // pairs split differently for each parameter
      expect(sum).toBeCloseTo(e, 8);
    });
  });

  it('a degenerate pair that a parameter splits has the slopes of both', () => {
    // Easy-axis antiferromagnet at D_x = 0: two-fold, split by a rhombic term
    const model = makeModel({
      sites: [site([0, 0, 0], 1, [0, 0, 1]), site([0.5, 0, 0], 1, [0, 0, -1])],
      bonds: [
        linearBond(0, 1, [0, 0, 0], [{ parameter: -1, matrix: UNIT3 }]),
        linearBond(1, 0, [1, 0, 0], [{ parameter: -1, matrix: UNIT3 }]),
      ],
      parameters: [{ name: 'E', value: 0, unit: 'meV' }],
      anisotropies: [0, 1].flatMap((i) => [
        { site: i, matrix: [{ parameter: -1, matrix: [0, 0, 0, 0, 0, 0, 0, 0, -0.2] as const }] },
        { site: i, matrix: [{ parameter: 0, matrix: [1, 0, 0, 0, -1, 0, 0, 0, 0] as const }] },
      ]),
    });
    const prepared = prepare(model);
    const Q = Float64Array.from([0.31, 0, 0]);
    const d = spectrumDerivatives(prepared, Float64Array.of(0), Q);
    expect(d.energiesMeV[0]).toBeCloseTo(d.energiesMeV[1]!, 9);
    const h = 1e-6;
    const e = prepared.modes(Q, Float64Array.of(h)).energiesMeV;
    expect(d.dEnergies[0]).toBeGreaterThan(0.1);
    for (const m of [0, 1]) {
      expect((e[m]! - d.energiesMeV[m]!) / h).toBeCloseTo(d.dEnergies[m]!, 4);
    }
  });

  it('the broadened spectrum: gradient of the map, kernels whose width varies, energy gain', () => {
    const model = randomModel(31, 'general', 2);
    const prepared = prepare(model);
    const p = prepared.parameterVector();
    const Q = Float64Array.from([0.2, 0.1, 0.4, 0.6, 0, 0.3]);
    const e0 = prepared.modes(Q, p).energiesMeV;
    const E = Float64Array.from({ length: 30 }, (_, i) => -e0[0]! + (i * e0[0]! * 2.2) / 29);
    for (const kernel of [
      gaussianKernel((e) => 3 + 0.05 * Math.abs(e) + 0.001 * e * e),
      lorentzianKernel((e) => 2 + 0.03 * e),
      gaussianKernel(2),
    ]) {
      for (const temperatureKelvin of [0, 300]) {
        const options = { temperatureKelvin };
        const { intensity, gradient } = intensityGradient(prepared, p, Q, E, kernel, options);
        const map = (x: Float64Array) => intensityMap(prepared, x, Q, E, kernel, options);
        const base = map(p);
        const largest = gradient.reduce((t, v) => Math.max(t, Math.abs(v)), 0);
        intensity.forEach((v, i) => expect(v).toBeCloseTo(base[i]!, 10));
        for (let j = 0; j < p.length; j++) {
          const h = 1e-5;
          const up = p.slice();
          const down = p.slice();
          up[j] = p[j]! + h;
          down[j] = p[j]! - h;
          const [a, b] = [map(up), map(down)];
          a.forEach((v, i) => {
            const numeric = (v - b[i]!) / (2 * h);
            expect(Math.abs(gradient[i * p.length + j]! - numeric)).toBeLessThan(1e-8 * largest);
          });
        }
      }
    }
  });
});

it('Fisher information: symmetric, positive, proportional to the counts, right for one line', () => {
  const prepared = prepare(pcsmo('goodenough'));
  const p = prepared.parameterVector();
  const Q = Float64Array.from([0.3, 0.2, 0.1, 1.1, 0.4, 0.5, 0.7, 0.9, 0.2]);
  const E = Float64Array.from({ length: 90 }, (_, i) => i + 1);
  const options = { countsPerUnit: 100, background: 1e-3 };
  const F = fisherInformation(prepared, p, Q, E, gaussianKernel(2), options);
  for (let k = 0; k < 6; k++) {
    expect(F[k * 7]).toBeGreaterThan(0);
    for (let l = 0; l < 6; l++) {
      expect(F[k * 6 + l]).toBeCloseTo(F[l * 6 + k]!, 9);
      expect(F[k * 6 + l]! ** 2).toBeLessThanOrEqual(F[k * 7]! * F[l * 7]! * (1 + 1e-12));
    }
  }
  // One Gaussian line of area c S at J-linear energy, no background: F = c S (d omega/dJ)^2 / sigma^2
  const chain = makeModel({
    sites: [site([0, 0, 0], 1, [0, 0, 1])],
    bonds: [linearBond(0, 0, [1, 0, 0], [{ parameter: 0, matrix: UNIT3 }])],
    parameters: [{ name: 'J', value: -1, unit: 'meV' }],
  });
  const one = prepare(chain);
  const q = Float64Array.from([0.5, 0, 0]);
  const fwhm = 0.3;
  const sigma = fwhm / (2 * Math.sqrt(2 * Math.LN2));
  const fine = Float64Array.from({ length: 2001 }, (_, i) => 4 - 8 * sigma + i * 0.008 * sigma);
  const s = spectrum(one, one.parameterVector(), q).sPerp[0]!;
  const counts = 50;
  const [f] = fisherInformation(one, one.parameterVector(), q, fine, gaussianKernel(fwhm), {
    countsPerUnit: counts * 0.008 * sigma,
  });
  expect(f! / ((counts * s * 4 ** 2) / sigma ** 2)).toBeCloseTo(1, 6);
});

describe('kernels know their width', () => {
  for (const kernel of [gaussianKernel(1.7), lorentzianKernel((e) => 0.5 + 0.1 * e)]) {
    it(kernel.kind, () => {
      const e = 12;
      const w = kernel.fwhmMeV(e);
      const peak = kernel.density(0, e);
      expect(kernel.density(w / 2, e)).toBeCloseTo(peak / 2, 12);
      expect(kernel.density(-w / 2, e)).toBeCloseTo(peak / 2, 12);
      let area = 0;
      const step = w / 50;
      for (let x = -2000 * w; x <= 2000 * w; x += step) area += kernel.density(x, e) * step;
      expect(area).toBeCloseTo(1, kernel.kind === 'gaussian' ? 9 : 3);
    });
  }
});
