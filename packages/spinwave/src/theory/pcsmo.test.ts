import { describe, expect, it } from 'vitest';
import { pcsmo } from './testing/pcsmo.fixture.js';
import { UnstableGroundState } from './errors.js';
import { prepare } from './prepare.js';
import { spectrum } from './intensities/spectrum.js';
import { checkStability, classicalEnergy } from './stability.js';

const cases: [string, 'goodenough' | 'dimer', number[], string, string?][] = [
  [
    'G (0.25, 0.45, 0.55)',
    'goodenough',
    [0.25, 0.45, 0.55],
    '83.4580 83.4556 83.4324 83.4254 63.5823 63.5772 63.5697 63.5623 28.7586 28.7472 28.7318 28.7154 9.6331 9.6116 9.4063 9.3419',
    '.08091 .07135 .01008 .01143 1.21222 1.07006 .14945 .16930 .05829 .06641 .44452 .39016 .93095 1.07620 6.04230 5.21907',
  ],
  [
    'G (1.1, 0.7, 0)',
    'goodenough',
    [1.1, 0.7, 0],
    '86.0711 86.0666 85.9670 85.9532 57.6299 57.6244 57.6155 57.6073 34.6764 34.6669 34.6553 34.6418 7.1238 7.0686 5.7127 5.4988',
  ],
  [
    'D (0.5, 0.2, 0)',
    'dimer',
    [0.5, 0.2, 0],
    '75.4913 75.4913 75.4868 75.4868 75.3707 75.3707 75.3553 75.3553 17.6612 17.6612 17.6418 17.6418 17.1385 17.1385 17.0702 17.0702',
  ],
];

describe('PCSMO (pcsmo.md)', () => {
  for (const [name, kind, q, energies, sPerp] of cases) {
    it(name, () => {
      const prepared = prepare(pcsmo(kind));
      const modes = prepared.modes(Float64Array.from(q), prepared.parameterVector());
      const wanted = energies.split(' ').map(Number);
      wanted.forEach((e, m) => expect(modes.energiesMeV[m]).toBeCloseTo(e, 4));
      if (sPerp) {
        const { lattice, sites } = prepared.model;
        const r = lattice.reciprocal;
        const Q = [0, 1, 2].map((a) => q[0]! * r[a]! + q[1]! * r[3 + a]! + q[2]! * r[6 + a]!);
        const size = Math.hypot(...Q);
        sPerp.split(' ').forEach((s, m) => {
          const M = [0, 0, 0, 0, 0, 0];
          sites.forEach((site, j) => {
            const x = -2 * Math.PI * site.position.reduce((t, v, a) => t + v * q[a]!, 0);
            for (let a = 0; a < 3; a++) {
              const at = ((m * sites.length + j) * 3 + a) * 2;
              const [re, im] = [modes.amplitudes[at]!, modes.amplitudes[at + 1]!];
              M[2 * a]! += re * Math.cos(x) - im * Math.sin(x);
              M[2 * a + 1]! += re * Math.sin(x) + im * Math.cos(x);
            }
          });
          let sum = 0;
          for (let a = 0; a < 3; a++)
            for (let b = 0; b < 3; b++) {
              const s = M[2 * a]! * M[2 * b]! + M[2 * a + 1]! * M[2 * b + 1]!;
              sum += ((a === b ? 1 : 0) - (Q[a]! * Q[b]!) / size ** 2) * s;
            }
          expect(sum).toBeCloseTo(Number(s), 5);
        });
      }
    });
  }
});

describe('PCSMO stability and energy', () => {
  it('classical energies', () => {
    for (const [kind, e] of [
      ['goodenough', -649.495],
      ['dimer', -651.455],
    ] as const) {
      const prepared = prepare(pcsmo(kind));
      expect(classicalEnergy(prepared, prepared.parameterVector())).toBeCloseTo(e, 3);
    }
  });

  it('is stable at the fit, flat along c, and unstable with the wrong sign of J_perp', () => {
    const prepared = prepare(pcsmo('goodenough'));
    expect(prepared.flatAxes).toEqual([false, false, true]);
    const good = checkStability(prepared, prepared.parameterVector());
    expect(good.stable).toBe(true);
    expect(Math.abs(good.worstEigenvalueMeV)).toBeLessThan(1e-9);
    const p = prepared.parameterVector({ J_perp: -0.88 });
    const bad = checkStability(prepared, p);
    expect(bad.stable).toBe(false);
    expect(bad.worstEigenvalueMeV).toBeLessThan(-1);
    expect(() => prepared.modes(Float64Array.from(bad.worstQ), p)).toThrow(UnstableGroundState);
  });

  it('energies do not depend on l, and amplitudes serve every l and G', () => {
    const prepared = prepare(pcsmo('dimer'));
    const p = prepared.parameterVector();
    const a = prepared.modes(Float64Array.from([0.13, 0.21, 0]), p);
    const b = prepared.modes(Float64Array.from([0.13 + 2, 0.21 - 1, 0.37]), p);
    a.energiesMeV.forEach((e, m) => expect(b.energiesMeV[m]).toBeCloseTo(e, 9));
    a.amplitudes.forEach((e, m) => expect(b.amplitudes[m]).toBeCloseTo(e, 7));
  });
});

describe('PCSMO against the stored SpinW run, Goodenough fit, scan (H, 0, 0) in Amam units', () => {
  // printed as 0.202041 and 0.808163: steps of the scan are n / 490
  const scan = [
    {
      H: 9.9 / 49,
      energies:
        '78.8486 78.8398 78.6893 78.6704 70.9315 70.9262 70.8066 70.7900 21.8890 21.8717 21.4809 21.4260 14.0800 14.0310 13.1589 13.0454',
      trace: [0.0355, 0.0357, ...Array<number>(12).fill(0), 9.1568, 8.9613],
    },
    {
      H: 39.6 / 49,
      energies:
        '79.5680 79.5590 79.4063 79.3872 70.0000 69.9952 69.8802 69.8639 22.8001 22.7852 22.4294 22.3787 13.3588 13.3050 12.3587 12.2356',
      trace: [13.1122, 13.1549, ...Array<number>(12).fill(0), 0.0197, 0.0192],
    },
  ];
  for (const { H, energies, trace } of scan) {
    for (const path of ['auto', 'general'] as const) {
      it(`H = ${H.toFixed(6)}, ${path}`, () => {
        const prepared = prepare(pcsmo('goodenough'), { path });
        const s = spectrum(prepared, prepared.parameterVector(), Float64Array.of(2 * H, 0, 0), {
          tensor: true,
        });
        energies.split(' ').forEach((e, m) => {
          expect(s.energiesMeV[m]).toBeCloseTo(Number(e), 4);
          const t = s.sTensor!;
          expect(t[18 * m]! + t[18 * m + 8]! + t[18 * m + 16]!).toBeCloseTo(trace[m]!, 4);
        });
      });
    }
  }
});
