import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrix, rowOf, zeros } from '../data/matrix.js';
import { randomStream } from '../data/random.js';
import { affine, applyNet, newNet } from '../mlp/network.js';
import { normals } from '../planted.fixture.js';
import {
  appendRow,
  complementOf,
  dot,
  lqFactors,
  multiply,
  signOf,
  transposed,
} from './orthonormal.js';
import { projectedVariance } from './projectedVariance.js';
import { bestDirection, componentsOf } from './search.js';

const orthonormality = (q: ReturnType<typeof matrix>) => {
  const gram = multiply(q, transposed(q));
  return Math.max(...gram.data.map((v, i) => Math.abs(v - (i % (q.rows + 1) === 0 ? 1 : 0))));
};

describe('orthonormal rows', () => {
  it('A = L Q, for any A', () => {
    const shapes = fc
      .integer({ min: 1, max: 6 })
      .chain((k) =>
        fc.tuple(fc.constant(k), fc.integer({ min: k, max: 8 }), fc.integer({ min: 0, max: 1e6 })),
      );
    fc.assert(
      fc.property(shapes, ([k, p, seed]) => {
        const a = normals(k, p, seed);
        const { l, q } = lqFactors(a);
        expect(orthonormality(q)).toBeLessThan(1e-13);
        multiply(l, q).data.forEach((v, i) => expect(v).toBeCloseTo(a.data[i], 12));
        for (let i = 0; i < k; i++) {
          expect(l.data[i * k + i]).toBeGreaterThan(0);
          for (let j = i + 1; j < k; j++) expect(l.data[i * k + j]).toBe(0);
        }
        const rest = complementOf(q);
        expect(rest.rows).toBe(p - k);
        const all = Array.from({ length: rest.rows }, (_, r) => rowOf(rest, r)).reduce(
          appendRow,
          q,
        );
        expect(orthonormality(all)).toBeLessThan(1e-12);
      }),
    );
  });

  it('holds for rows that depend on each other', () => {
    const { l, q } = lqFactors(matrix(Float64Array.of(1, 2, 3, 2, 4, 6), 2, 3));
    expect(orthonormality(q)).toBeLessThan(1e-13);
    expect(l.data[3]).toBe(0);
    expect(multiply(l, q).data).toEqual(
      expect.objectContaining({ 3: expect.closeTo(2, 12), 5: expect.closeTo(6, 12) }),
    );
  });

  it('signs by the largest loading', () => {
    expect(signOf([0.1, -0.9, 0.2])).toBe(-1);
    expect(signOf([0.9, -0.1])).toBe(1);
  });
});

describe('rho along directions', () => {
  const net = newNet(3, [9], 4, 'tanh', randomStream(3, 1));
  const z = normals(40, 3, 1);
  const scores = normals(40, 4, 2);
  const objective = projectedVariance(net, z, scores, { total: 200, outside: 3 });

  it('is what it says: the net at projected inputs', () => {
    const { q } = lqFactors(normals(2, 3, 9));
    const before = matrix(q.data.slice(0, 3), 1, 3);
    const v = q.data.slice(3);
    const projected = multiply(multiply(z, transposed(q)), q);
    const out = applyNet(net, projected);
    const residual = out.data.reduce((s, o, i) => s + (o - scores.data[i]) ** 2, 3);
    expect(objective.at(before, v).rho).toBeCloseTo(1 - residual / 200, 12);
  });

  it('has the gradient of finite differences', () => {
    const { q } = lqFactors(normals(2, 3, 10));
    const before = matrix(q.data.slice(0, 3), 1, 3);
    const v = q.data.slice(3);
    const { gradient } = objective.at(before, v);
    for (let a = 0; a < 3; a++) {
      const moved = (by: number) =>
        objective.at(
          before,
          v.map((x, i) => (i === a ? x + by : x)),
        ).rho;
      expect(gradient[a]).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 8);
    }
  });
});

describe('search of directions', () => {
  it('finds the principal axes of a linear net, largest first', () => {
    // Spectrum = diag(3, 2, 1) turned: rho of a direction is its share of the variance.
    const { q } = lqFactors(normals(3, 3, 21));
    const weights = transposed(
      matrix(
        q.data.map((v, i) => v * [3, 2, 1][Math.floor(i / 3)]),
        3,
        3,
      ),
    );
    const net = { inputs: 3, layers: [affine(weights)] };
    // Structures with exactly unit covariance, so that the answer is exact.
    const z = matrix(
      Float64Array.from({ length: 18 }, (_, i) =>
        Math.floor(i / 6) === i % 3 ? Math.sqrt(3) * (Math.floor(i / 3) % 2 ? -1 : 1) : 0,
      ),
      6,
      3,
    );
    const scores = applyNet(net, z);
    const total = scores.data.reduce((s, v) => s + v * v, 0);
    const objective = projectedVariance(net, z, scores, { total, outside: 0 });
    const { basis, rho } = componentsOf(objective, 3, { starts: 6, seed: 1 });
    [9 / 14, 13 / 14, 1].forEach((share, i) => expect(rho[i]).toBeCloseTo(share, 9));
    for (let r = 0; r < 3; r++) {
      expect(Math.abs(dot(rowOf(basis, r), rowOf(q, r)))).toBeCloseTo(1, 5);
      expect(signOf(rowOf(basis, r))).toBe(1);
    }
  });

  it('escapes a local optimum by its many starts', () => {
    const net = newNet(3, [12, 12], 5, 'tanh', randomStream(8, 1));
    net.layers.forEach(({ weights }) => weights.forEach((_, i) => (weights[i] *= 2.5)));
    const z = normals(150, 3, 31);
    const scores = applyNet(net, z);
    const total = scores.data.reduce((s, v) => s + v * v, 0);
    const objective = projectedVariance(net, z, scores, { total, outside: 0 });
    const { rho, direction } = bestDirection(objective, zeros(0, 3), { starts: 16, seed: 1 });
    let scanned = -Infinity;
    for (let i = 0; i < 2000; i++) {
      const height = (i + 0.5) / 2000;
      const angle = i * Math.PI * (3 - Math.sqrt(5));
      const width = Math.sqrt(1 - height * height);
      const v = Float64Array.of(width * Math.cos(angle), width * Math.sin(angle), height);
      scanned = Math.max(scanned, objective.at(zeros(0, 3), v).rho);
    }
    expect(rho).toBeGreaterThanOrEqual(scanned);
    expect(rho - scanned).toBeLessThan(0.01);
    expect(Math.sqrt(dot(direction, direction))).toBeCloseTo(1, 12);
  });
});
