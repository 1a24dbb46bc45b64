import { describe, expect, it } from 'vitest';
import { UnstableGroundState } from './errors.js';
import { bond, hexagonal, makeModel, site } from './testing/models.fixture.js';
import { prepare } from './prepare.js';
import { checkStability } from './stability.js';

describe('checkStability', () => {
  it('finds a soft region narrower than the grid: J1-J2 chain just beyond the spiral transition', () => {
    const chain = (j2: number) =>
      prepare(
        makeModel({
          sites: [site([0, 0, 0], 1, [0, 0, 1])],
          bonds: [bond(0, 0, [1, 0, 0], -1), bond(0, 0, [2, 0, 0], j2)],
        }),
      );
    const j2 = 0.2505;
    const bad = checkStability(chain(j2), new Float64Array(0));
    // omega = 2 (c - 1)(-1 + 2 J2 (c + 1)), lowest at c = 1 / (4 J2)
    const c = 1 / (4 * j2);
    const lowest = 2 * (c - 1) * (-1 + 2 * j2 * (c + 1));
    expect(bad.stable).toBe(false);
    expect(bad.worstEigenvalueMeV / lowest).toBeCloseTo(1, 2);
    expect(Math.abs(bad.worstQ[0])).toBeCloseTo(Math.acos(c) / (2 * Math.PI), 3);
    const good = checkStability(chain(0.2495), new Float64Array(0));
    expect(good.stable).toBe(true);
    expect(good.points).toBeGreaterThan(60);
  });

  it('reports a torque, and modes() refuses', () => {
    const prepared = prepare(
      makeModel({
        sites: [site([0, 0, 0], 1, [0, 0.1, 1])],
        bonds: [bond(0, 0, [1, 0, 0], -1)],
        field: [{ parameter: -1, tesla: [0, 0, -3] }],
      }),
    );
    const p = prepared.parameterVector();
    const s = checkStability(prepared, p);
    expect(s.stable).toBe(false);
    expect(s.relativeTorque).toBeGreaterThan(5e-3);
    try {
      prepared.modes(new Float64Array(3), p);
      expect.unreachable();
    } catch (e) {
      expect(e).toBeInstanceOf(UnstableGroundState);
      expect((e as UnstableGroundState).site).toBe(0);
      expect((e as Error).message).toMatch(/torque.*relax/);
    }
  });

  it('a spiral with the wrong k is unstable in its rotating frame', () => {
    const model = (k: number) =>
      prepare(
        makeModel({
          lattice: hexagonal(4, 6),
          sites: [site([0, 0, 0], 1, [1, 0, 0])],
          bonds: [bond(0, 0, [1, 0, 0], 1), bond(0, 0, [0, 1, 0], 1), bond(0, 0, [1, 1, 0], 1)],
          rotatingFrame: { k: [k, k, 0], axis: [0, 0, 1] },
        }),
      );
    expect(checkStability(model(1 / 3), new Float64Array(0)).stable).toBe(true);
    expect(checkStability(model(0.2), new Float64Array(0)).stable).toBe(false);
  });

  it('stops early when asked to, and takes a grid', () => {
    const prepared = prepare(
      makeModel({ sites: [site([0, 0, 0], 1, [0, 0, 1])], bonds: [bond(0, 0, [1, 0, 0], 1)] }),
    );
    const p = prepared.parameterVector();
    const quick = checkStability(prepared, p, { stopAtFirst: true });
    const whole = checkStability(prepared, p, { grid: [10, 10, 10] });
    expect(quick.stable).toBe(false);
    expect(quick.points).toBeLessThan(whole.points);
    expect(whole.worstQ[0]).toBeCloseTo(0.5, 6);
    expect(whole.worstEigenvalueMeV).toBeCloseTo(-4, 9);
    const zone = checkStability(prepared, p, { grid: 9, refine: false });
    expect(zone.points).toBe(9);
  });
});

it('a rotating frame that an interaction forbids is refused', () => {
  const base = {
    sites: [site([0, 0, 0], 1, [1, 0, 0])],
    rotatingFrame: { k: [0.3, 0, 0] as const, axis: [0, 0, 1] as const },
  };
  const build = (extra: object) => () =>
    prepare(makeModel({ ...base, bonds: [bond(0, 0, [1, 0, 0], -1)], ...extra }));
  expect(build({})).not.toThrow();
  expect(build({ bonds: [bond(0, 0, [1, 0, 0], [1, 0, 0, 0, 2, 0, 0, 0, 1])] })).toThrow(
    /no rotating frame/,
  );
  expect(build({ field: [{ parameter: -1, tesla: [1, 0, 0] }] })).toThrow(/field on site/);
  expect(build({ field: [{ parameter: -1, tesla: [0, 0, 1] }] })).not.toThrow();
  expect(build({ dipole: { method: 'ewald' } })).toThrow(/dipole/);
  expect(
    build({
      anisotropies: [{ site: 0, matrix: [{ parameter: -1, matrix: [1, 0, 0, 0, 0, 0, 0, 0, 0] }] }],
    }),
  ).toThrow(/anisotropy of site 0/);
});

describe('bad input to a prepared model', () => {
  const prepared = prepare(
    makeModel({
      sites: [site([0, 0, 0], 1, [0, 0, 1])],
      bonds: [bond(0, 0, [1, 0, 0], -1)],
      parameters: [{ name: 'J', value: 1, unit: 'meV' }],
    }),
  );
  it('is named', () => {
    expect(() => prepared.parameterVector({ K: 1 })).toThrow(/K.*J/);
    expect(() => prepared.parameterVector({ J: Number.NaN })).toThrow(/NaN/);
    expect(() => prepared.modes(new Float64Array(4), prepared.parameterVector())).toThrow(
      /4 numbers/,
    );
    expect(() =>
      prepared.modes(Float64Array.of(0, Number.NaN, 0), prepared.parameterVector()),
    ).toThrow(/NaN/);
    expect(() => prepared.modes(new Float64Array(3), new Float64Array(2))).toThrow(/1 finite/);
  });
});
