import { describe, expect, it } from 'vitest';
import { formFactor, formFactorIons } from './formFactor.js';

describe('formFactor', () => {
  it('agrees with golden case 12 (Sunny): q^2 = 0.57, j2 weight 0.1', () => {
    const golden = {
      Mn2: 0.9618982113,
      Mn3: 0.9679234542,
      Mn4: 0.9725302343,
      Fe3: 0.9713328208,
      Cu2: 0.9737428228,
    };
    for (const [ion, value] of Object.entries(golden))
      expect(formFactor(ion, Math.sqrt(0.57), 0.1)).toBeCloseTo(value, 10);
  });

  it('has the j0 coefficients of pcsmo.md', () => {
    const mn = {
      Mn3: [0.4198, 14.2829, 0.6054, 5.4689, 0.9241, -0.0088, -0.9498],
      Mn4: [0.376, 12.5661, 0.6602, 5.1329, -0.0372, 0.563, 0.0011],
      Mn2: [0.422, 17.684, 0.5948, 6.005, 0.0043, -0.609, -0.0219],
    };
    for (const [ion, [A, a, B, b, C, c, D]] of Object.entries(mn))
      for (const q of [0, 1, 3.7, 8]) {
        const s2 = (q / (4 * Math.PI)) ** 2;
        const f = A! * Math.exp(-a! * s2) + B! * Math.exp(-b! * s2) + C! * Math.exp(-c! * s2) + D!;
        expect(formFactor(ion, q)).toBeCloseTo(f, 14);
      }
  });

  it('is 1 at Q = 0 and decays for every ion of the table', () => {
    expect(formFactorIons().length).toBeGreaterThan(95);
    for (const ion of formFactorIons()) {
      expect(Math.abs(formFactor(ion, 0) - 1), ion).toBeLessThan(0.05);
      expect(Math.abs(formFactor(ion, 12)), ion).toBeLessThan(0.4);
    }
  });

  it('covers 3d, 4d, 4f, 5d and 5f ions, with <j2>', () => {
    for (const ion of ['Cu2', 'Ru1', 'Gd3', 'Ir4', 'Os5', 'Re6', 'W0a', 'U4']) {
      expect(formFactor(ion, 0, 0.3)).toBeCloseTo(formFactor(ion, 0), 14);
      expect(formFactor(ion, 3, 0.3)).toBeGreaterThan(formFactor(ion, 3));
    }
    // s = 0.4 / Å: the sum of the Gaussians of Kobayashi et al. for Ir4+, added up by hand
    const s2 = 0.16;
    const wanted =
      0.3969 * Math.exp(-22.05 * s2) +
      0.931 * Math.exp(-11.768 * s2) -
      0.709 * Math.exp(-3.017 * s2) +
      0.3857 * Math.exp(-1.778 * s2) -
      0.0047;
    expect(formFactor('Ir4', 4 * Math.PI * 0.4)).toBeCloseTo(wanted, 14);
  });

  it('names the ions of the element it does not have', () => {
    expect(() => formFactor('Mn9', 1)).toThrow(/Mn2, Mn3, Mn4/);
  });
});
