import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { covarianceInRlu, orientCrystal, reciprocalMatrix } from './crystal.js';

describe('reciprocal lattice', () => {
  test('hexagonal: a* = 4 pi / (sqrt 3 a), 60 degrees between a* and b*', () => {
    const b = reciprocalMatrix({ a: 3, b: 3, c: 5, alpha: 90, beta: 90, gamma: 120 });
    const length = (4 * Math.PI) / (Math.sqrt(3) * 3);
    expect(Math.hypot(b[0]!, b[3]!, b[6]!)).toBeCloseTo(length, 12);
    expect(Math.hypot(b[1]!, b[4]!, b[7]!)).toBeCloseTo(length, 12);
    expect((b[0]! * b[1]! + b[3]! * b[4]!) / length ** 2).toBeCloseTo(0.5, 12);
    expect(b[8]).toBeCloseTo((2 * Math.PI) / 5, 12);
  });

  test('triclinic: the metric of the reciprocal cell is inverse to that of the direct one', () => {
    const l = { a: 4, b: 5, c: 6, alpha: 80, beta: 95, gamma: 105 };
    const b = reciprocalMatrix(l);
    const rad = Math.PI / 180;
    const lengths = [l.a, l.b, l.c];
    const angles = [l.alpha, l.beta, l.gamma];
    const direct = (i: number, j: number): number =>
      lengths[i]! * lengths[j]! * (i === j ? 1 : Math.cos(angles[3 - i - j]! * rad));
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        let sum = 0;
        for (let k = 0; k < 3; k++) {
          let star = 0;
          for (let r = 0; r < 3; r++) star += b[3 * r + k]! * b[3 * r + j]!;
          sum += direct(i, k) * star;
        }
        expect(sum / (4 * Math.PI ** 2)).toBeCloseTo(i === j ? 1 : 0, 12);
      }
    }
  });

  test('impossible cells and parallel directions are refused', () => {
    const l = { a: 4, b: 5, c: 6, alpha: 90, beta: 90, gamma: 90 };
    expect(() => reciprocalMatrix({ ...l, alpha: 30, beta: 30, gamma: 170 })).toThrow(/no cell/);
    expect(() => orientCrystal({ lattice: l, beam: [0, 0, 1], left: [0, 0, 2] })).toThrow(
      /parallel/,
    );
  });
});

describe('orientation', () => {
  const lattice = { a: 5.408, b: 5.4599, c: 19.266, alpha: 90, beta: 90, gamma: 90 };

  test('ki along c, h to the left: Qx is l, Qy is h, Qz is k', () => {
    const { spectrometerToRlu: m } = orientCrystal({ lattice, beam: [0, 0, 1], left: [1, 0, 0] });
    const rlu = [1, 2, 3].map(
      (_, r) => m[3 * r]! * 0.7 + m[3 * r + 1]! * 0.2 + m[3 * r + 2]! * 0.4,
    );
    expect(rlu[0]).toBeCloseTo((0.2 * 5.408) / (2 * Math.PI), 12);
    expect(rlu[1]).toBeCloseTo((0.4 * 5.4599) / (2 * Math.PI), 12);
    expect(rlu[2]).toBeCloseTo((0.7 * 19.266) / (2 * Math.PI), 12);
  });

  test('a misorientation turns Q by its angles and keeps lengths', () => {
    const turned = orientCrystal({
      lattice,
      beam: [0, 0, 1],
      left: [1, 0, 0],
      misorientationDeg: [0, 0, 90],
    });
    // Rz by 90 degrees takes spectrometer x to nominal y: Q along the beam is now along h.
    const m = turned.spectrometerToRlu;
    expect(m[0]).toBeCloseTo(5.408 / (2 * Math.PI), 10);
    expect(m[3]).toBeCloseTo(0, 10);
    expect(m[6]).toBeCloseTo(0, 10);
  });

  test('the covariance in r.l.u. is that of the transformed vector', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
        (v) => {
          const { spectrometerToRlu: m } = orientCrystal({
            lattice: { ...lattice, gamma: 100 },
            beam: [1, 0, 1],
            left: [0, 1, 0],
          });
          const outer = Float64Array.from({ length: 16 }, (_, n) => v[n >> 2]! * v[n & 3]!);
          const out = covarianceInRlu(outer, m);
          const w = [0, 1, 2].map(
            (r) => m[3 * r]! * v[0]! + m[3 * r + 1]! * v[1]! + m[3 * r + 2]! * v[2]!,
          );
          w.push(v[3]!);
          for (let n = 0; n < 16; n++) expect(out[n]).toBeCloseTo(w[n >> 2]! * w[n & 3]!, 10);
        },
      ),
      { numRuns: 30 },
    );
  });
});
