import { beforeAll, describe, expect, it } from 'vitest';
import { toRows } from '../data/matrix.js';
import { scaledSpectra } from '../data/scaling.js';
import { fitInterpreter } from '../methods/fit.js';
import type { Interpreter } from '../methods/interpreter.js';
import { plantedSamples, quick } from '../planted.fixture.js';
import { isosurface } from './isosurface.js';
import { sensitivity } from './sensitivity.js';
import { axisOver, slice } from './slices.js';

describe('sensitivity', () => {
  let emulator: Interpreter;
  beforeAll(async () => {
    emulator = await fitInterpreter('emulator', plantedSamples(400), {
      ...quick,
      training: { epochs: 15 },
    });
  });

  it('is the norm of finite differences of the scaled spectrum', () => {
    const { axes, structures } = slice(emulator, [
      axisOver(emulator, 0, 2, 3),
      axisOver(emulator, 2, 2, 4),
    ]);
    expect(axes.length).toBe(2);
    expect(structures.rows).toBe(12);
    const { total, byInput } = sensitivity(emulator, structures);
    const { sd } = emulator.parts.inputScale;
    const step = 1e-4;
    const moved = (a: number, by: number) =>
      scaledSpectra(
        emulator.predict(
          toRows(structures).map((r) => r.map((v, i) => (i === a ? v + by * sd[a] : v))),
        ),
        emulator.parts.outputScale,
      ).data;
    const squares = new Float64Array(12);
    for (let a = 0; a < 4; a++) {
      const [up, down] = [moved(a, step), moved(a, -step)];
      for (let i = 0; i < 12; i++) {
        let sum = 0;
        for (let j = 0; j < 24; j++) sum += ((up[24 * i + j] - down[24 * i + j]) / (2 * step)) ** 2;
        squares[i] += sum;
        expect(byInput[4 * i + a]).toBeCloseTo(Math.sqrt(sum), 6);
      }
    }
    total.forEach((m, i) => expect(m).toBeCloseTo(Math.sqrt(squares[i]), 6));
  });

  it('of a slice moves only the inputs named, the others stay where they are held', () => {
    const held = [9, 8, 7, 6];
    const { structures } = slice(emulator, [{ input: 1, from: -1, to: 1, count: 5 }], held);
    expect(toRows(structures)).toEqual([-1, -0.5, 0, 0.5, 1].map((v) => [9, v, 7, 6]));
  });

  it.each([
    ['an input there is not', [{ input: 4, from: 0, to: 1, count: 3 }], /no input 4/],
    [
      'one input twice',
      [
        { input: 1, from: 0, to: 1, count: 3 },
        { input: 1, from: 0, to: 1, count: 3 },
      ],
      /twice/,
    ],
    ['one point', [{ input: 1, from: 0, to: 1, count: 1 }], /1 points/],
    ['no axes', [], /no axes/],
  ])('refuses %s', (_name, axes, message) => {
    expect(() => slice(emulator, axes)).toThrow(message);
  });
});

describe('isosurface', () => {
  const n = 25;
  const at = (i: number) => (2 * i) / (n - 1) - 1;
  const field = (f: (x: number, y: number, z: number) => number) => {
    const values = new Float64Array(n ** 3);
    for (let i = 0, o = 0; i < n; i++)
      for (let j = 0; j < n; j++) for (let k = 0; k < n; k++) values[o++] = f(at(i), at(j), at(k));
    return values;
  };
  const area = ({ vertices, triangles }: ReturnType<typeof isosurface>) => {
    let sum = 0;
    const h = 2 / (n - 1);
    for (let t = 0; t < triangles.length; t += 3) {
      const p = [0, 1, 2].map((c) =>
        vertices.subarray(3 * triangles[t + c], 3 * triangles[t + c] + 3),
      );
      const u = [0, 1, 2].map((a) => h * (p[1][a] - p[0][a]));
      const v = [0, 1, 2].map((a) => h * (p[2][a] - p[0][a]));
      sum +=
        Math.hypot(
          u[1] * v[2] - u[2] * v[1],
          u[2] * v[0] - u[0] * v[2],
          u[0] * v[1] - u[1] * v[0],
        ) / 2;
    }
    return sum;
  };

  it('of a distance is a closed sphere of that radius', () => {
    const surface = isosurface(
      field((x, y, z) => Math.hypot(x, y, z)),
      [n, n, n],
      0.7,
    );
    for (let v = 0; v < surface.vertices.length; v += 3) {
      const r = Math.hypot(...[0, 1, 2].map((a) => at(surface.vertices[v + a])));
      // A straight line through an edge of length sqrt(3) h errs by its square / (8 r) at most.
      expect(Math.abs(r - 0.7)).toBeLessThan((3 * (2 / (n - 1)) ** 2) / (8 * 0.7));
    }
    expect(area(surface) / (4 * Math.PI * 0.49)).toBeCloseTo(1, 2);
    // Closed: every edge belongs to two triangles; Euler's number of a sphere.
    const edges = new Map<string, number>();
    for (let t = 0; t < surface.triangles.length; t += 3) {
      for (let c = 0; c < 3; c++) {
        const pair = [surface.triangles[t + c], surface.triangles[t + ((c + 1) % 3)]].sort(
          (a, b) => a - b,
        );
        edges.set(pair.join(), (edges.get(pair.join()) ?? 0) + 1);
      }
    }
    expect([...edges.values()].every((count) => count === 2)).toBe(true);
    expect(surface.vertices.length / 3 - edges.size + surface.triangles.length / 3).toBe(2);
  });

  it('of a plane is the plane; of a level that is not reached, nothing', () => {
    const plane = isosurface(
      field((x) => x),
      [n, n, n],
      0.3,
    );
    expect(area(plane)).toBeCloseTo(4, 9);
    expect(
      isosurface(
        field(() => 1),
        [n, n, n],
        2,
      ).triangles.length,
    ).toBe(0);
    expect(() => isosurface(new Float64Array(7), [2, 2, 2], 0)).toThrow(/7 values.*2 x 2 x 2/);
  });
});
