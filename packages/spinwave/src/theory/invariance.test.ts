/** Properties that hold for every model: checked on random ones. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matMul, rotationAbout, transpose, type Mat3, type Vec3 } from '../crystal/geometry.js';
import { formFactor } from '../crystal/formFactor.js';
import { rluToCartesian, cartesianToRlu } from '../crystal/lattice.js';
import { seeded } from '../linalg/random.fixture.js';
import type { SpinModel } from '../model/types.js';
import { bond, makeModel, site } from './testing/models.fixture.js';
import { prepare, type PrepareOptions } from './prepare.js';
import {
  enlarge,
  isConnected,
  randomModel,
  randomSpiral,
  reverseBonds,
  turnSpins,
  type Kind,
} from './testing/random.fixture.js';
import { spectrum, type SpectrumOptions } from './intensities/spectrum.js';
import { classicalEnergy } from './stability.js';

const seed = fc.integer({ min: 0, max: 1 << 30 });
const kinds: Kind[] = ['general', 'collinear', 'coplanar'];
const runs = { numRuns: 25 };

// The same models every time; other seeds were tried by hand.
fc.configureGlobal({ seed: 20240607 });

function wavevectors(s: number, n = 4): Float64Array {
  const r = seeded(s + 99);
  return Float64Array.from({ length: 3 * n }, () => 1.3 * r());
}

/**
 * What S_ab(Q, E) is whatever the basis of degenerate modes and the cell: for each Q, the sums over
 * modes of S_ab f(E) with smooth functions f, per chemical cell. [nQ][18 * 4]
 */
function moments(
  model: SpinModel,
  Q: Float64Array,
  prepareOptions: PrepareOptions = {},
  options: SpectrumOptions = {},
): number[][] {
  const prepared = prepare(model, prepareOptions);
  const cells = model.supercell[0] * model.supercell[1] * model.supercell[2];
  const s = spectrum(prepared, prepared.parameterVector(), Q, {
    tensor: true,
    subspaceToleranceMeV: 0,
    ...options,
  });
  return Array.from({ length: s.nQ }, (_, k) => {
    const out = new Array<number>(72).fill(0);
    for (let m = 0; m < s.nModes; m++) {
      const e = s.energiesMeV[k * s.nModes + m]!;
      const f = [1, e / 20, Math.cos(e / 7), Math.sin(e / 3)];
      for (let i = 0; i < 18; i++)
        f.forEach(
          (v, j) => (out[4 * i + j]! += (v * s.sTensor![(k * s.nModes + m) * 18 + i]!) / cells),
        );
    }
    return out;
  });
}

function expectSame(a: number[][], b: number[][], tolerance: number): void {
  expect(a.length).toBe(b.length);
  a.forEach((row, k) => {
    const size = Math.max(1, ...row.map(Math.abs));
    row.forEach((v, i) => {
      if (!(Math.abs(v - b[k]![i]!) <= tolerance * size))
        expect.fail(`q ${k}, entry ${i}: ${v} against ${b[k]![i]!}`);
    });
  });
}

describe('reduced paths against the 2N x 2N path', () => {
  for (const kind of kinds) {
    it(`${kind} models`, () => {
      fc.assert(
        fc.property(seed, (s) => {
          const model = randomModel(s, kind);
          const Q = wavevectors(s);
          const auto = prepare(model);
          const general = prepare(model, { path: 'general' });
          if (kind !== 'general') expect(auto.path).toMatch(/^real/);
          const p = auto.parameterVector();
          const a = auto.modes(Q, p).energiesMeV;
          const b = general.modes(Q, p).energiesMeV;
          a.forEach((e, m) => expect(Math.abs(e - b[m]!)).toBeLessThan(1e-9));
          expectSame(moments(model, Q), moments(model, Q, { path: 'general' }), 1e-9);
        }),
        runs,
      );
    });

    it(`${kind} models in an enlarged cell fall into blocks`, () => {
      fc.assert(
        fc.property(
          seed,
          fc.constantFrom<Vec3>([2, 1, 1], [1, 3, 1], [2, 1, 2], [4, 1, 1]),
          (s, n) => {
            const small = randomModel(s, kind, 2);
            const model = enlarge(small, n);
            const Q = wavevectors(s, 3);
            const auto = prepare(model);
            if (isConnected(small))
              expect(auto.path).toMatch(
                new RegExp(`${n[0] * n[1] * n[2]}|${2 * n[0] * n[1] * n[2]} blocks`),
              );
            expectSame(moments(model, Q), moments(model, Q, { path: 'general' }), 1e-9);
          },
        ),
        { numRuns: 12 },
      );
    });
  }

  it('a bilayer (a copy of the layer, coupled) falls into two blocks', () => {
    fc.assert(
      fc.property(seed, fc.constantFrom(...kinds), (s, kind) => {
        const layer = randomModel(s, kind, 2);
        const n = layer.sites.length;
        const model: SpinModel = {
          ...layer,
          sites: [
            ...layer.sites,
            ...layer.sites.map((x) => ({
              ...x,
              position: [x.position[0] + 0.07, x.position[1], x.position[2] + 0.3] as Vec3,
            })),
          ],
          bonds: [
            ...layer.bonds,
            ...layer.bonds.map((b) => ({ ...b, from: b.from + n, to: b.to + n })),
            ...layer.sites.map((_, i) => ({
              from: i,
              to: i + n,
              cell: [0, 0, 0] as Vec3,
              exchange: [{ parameter: 0, matrix: [0.3, 0, 0, 0, 0.3, 0, 0, 0, 0.3] as Mat3 }],
              lengthAngstrom: 1,
              rule: 'between',
            })),
          ],
          anisotropies: [
            ...layer.anisotropies,
            ...layer.anisotropies.map((a) => ({ ...a, site: a.site + n })),
          ],
          stevens: [...layer.stevens, ...layer.stevens.map((a) => ({ ...a, site: a.site + n }))],
        };
        expect(prepare(model).path).toMatch(/2 blocks|4 blocks/);
        const Q = wavevectors(s, 3);
        expectSame(moments(model, Q), moments(model, Q, { path: 'general' }), 1e-9);
      }),
      { numRuns: 20 },
    );
  });
});

describe('invariances', () => {
  it('choice of the supercell', () => {
    fc.assert(
      fc.property(
        seed,
        fc.constantFrom(...kinds),
        fc.constantFrom<Vec3>([2, 1, 1], [1, 1, 3], [1, 2, 2]),
        (s, kind, n) => {
          const model = randomModel(s, kind);
          const Q = wavevectors(s);
          const large = enlarge(model, n);
          expectSame(moments(model, Q), moments(large, Q), 1e-9);
          expectSame(moments(model, Q), moments(large, Q, { path: 'general' }), 1e-9);
          const a = prepare(model);
          const b = prepare(large);
          expect(classicalEnergy(b, b.parameterVector()) / (n[0] * n[1] * n[2])).toBeCloseTo(
            classicalEnergy(a, a.parameterVector()),
            8,
          );
        },
      ),
      runs,
    );
  });

  it('global rotation of spins with co-rotated tensors turns S_ab', () => {
    fc.assert(
      fc.property(seed, fc.constantFrom(...kinds), (s, kind) => {
        const model = { ...randomModel(s, kind), stevens: [] };
        const r = seeded(s);
        const R = rotationAbout([r(), r(), r()], 3 * r());
        const Q = wavevectors(s);
        const before = moments(model, Q);
        const after = moments(turnSpins(model, R), Q);
        const turned = before.map((row) => {
          const out = new Array<number>(72).fill(0);
          for (let f = 0; f < 4; f++)
            for (let part = 0; part < 2; part++) {
              const m = Array.from({ length: 9 }, (_, i) => row[4 * (2 * i + part) + f]!);
              const t = matMul(R, matMul(m as unknown as Mat3, transpose(R)));
              t.forEach((v, i) => (out[4 * (2 * i + part) + f] = v));
            }
          return out;
        });
        expectSame(turned, after, 1e-9);
      }),
      runs,
    );
  });

  it('direction in which a bond is written', () => {
    fc.assert(
      fc.property(seed, fc.constantFrom(...kinds), (s, kind) => {
        const model = randomModel(s, kind);
        const Q = wavevectors(s);
        expectSame(moments(model, Q), moments(reverseBonds(model), Q), 1e-9);
      }),
      runs,
    );
  });

  it('rotating frame and supercell give the same S(Q, E)', () => {
    fc.assert(
      fc.property(
        seed,
        fc.constantFrom<Vec3>([3, 1, 1], [2, 1, 1], [4, 1, 1], [1, 5, 1], [3, 2, 1], [1, 2, 2]),
        (s, n) => {
          const model = randomSpiral(s, n);
          const Q = wavevectors(s);
          const large = enlarge(model, n);
          const expected = moments(large, Q, { path: 'general' });
          expectSame(expected, moments(model, Q), 1e-8);
          expectSame(expected, moments(model, Q, { path: 'general' }), 1e-8);
          expectSame(expected, moments(large, Q), 1e-8);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('a flat axis in a rotating frame: layers in pairs, bonds across the cell face, k along all axes', () => {
    const k: Vec3 = [1 / 3, 0, 1 / 4];
    const axis: Vec3 = [0, 0, 1];
    const phase = 0.7;
    // Bonds at their minimum: FM-like along the turned direction, plus DM about the axis
    const at = (angle: number): Mat3 => {
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      return [-c, -s, 0, s, -c, 0, 0, 0, -0.5];
    };
    const turn = (cell: Vec3) => 2 * Math.PI * (k[0] * cell[0] + k[2] * cell[2]);
    const link = (from: number, to: number, cell: Vec3) =>
      bond(from, to, cell, at(turn(cell) + (to - from) * phase));
    const model = makeModel({
      sites: [
        site([0, 0, 0.1], 1, [1, 0, 0]),
        site([0.3, 0, 0.9], 1, [Math.cos(phase), Math.sin(phase), 0]),
      ],
      bonds: [link(0, 0, [1, 0, 0]), link(1, 1, [1, 0, 0]), link(1, 0, [0, 0, 1])],
      rotatingFrame: { k, axis },
    });
    const prepared = prepare(model);
    expect(prepared.flatAxes).toEqual([false, true, true]);
    expect(prepared.model.sites.map((s) => s.position[2])).toEqual([0.1, -0.09999999999999998]);
    const Q = wavevectors(12);
    const expected = moments(enlarge(model, [3, 1, 4]), Q, { path: 'general' });
    expectSame(expected, moments(model, Q), 1e-9);
    expectSame(expected, moments(model, Q, { path: 'general' }), 1e-9);
  });

  it('folding: a list with equivalent and opposite wavevectors equals one by one', () => {
    fc.assert(
      fc.property(seed, fc.constantFrom(...kinds), (s, kind) => {
        const model = randomModel(s, kind);
        const q = wavevectors(s, 2);
        const list: number[] = [];
        for (let k = 0; k < 2; k++) {
          const x = [...q.subarray(3 * k, 3 * k + 3)];
          list.push(
            ...x,
            ...x.map((v) => -v),
            ...x.map((v, a) => v + a - 1),
            ...x.map((v) => 2 - v),
          );
        }
        const Q = Float64Array.from(list);
        const together = moments(model, Q);
        for (let k = 0; k < 8; k++) {
          const [alone] = [moments(model, Q.slice(3 * k, 3 * k + 3), { path: 'general' })];
          expectSame(alone, [together[k]!], 1e-9);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('folding of a spiral', () => {
    const model = randomSpiral(5, [5, 1, 1]);
    const Q = Float64Array.from([
      0.13, 0.2, 0.3, -0.13, -0.2, -0.3, 1.13, 0.2, 0.3, 0.33, 0.2, 0.3,
    ]);
    const together = moments(model, Q);
    for (let k = 0; k < 4; k++) {
      const alone = moments(model, Q.slice(3 * k, 3 * k + 3), { path: 'general' });
      expectSame(alone, [together[k]!], 1e-9);
    }
  });

  it('S_ab scales with the g tensors, and with the form factor squared', () => {
    const gTensor: Mat3 = [2.1, 0.2, -0.1, 0.3, 1.8, 0.05, 0, 0.4, 2.5];
    const model = makeModel({
      sites: [site([0, 0, 0], 1.5, [0.3, 0.4, 0.5], { gTensor, ion: 'Mn3' })],
      bonds: [bond(0, 0, [1, 0, 0], -1), bond(0, 0, [0, 1, 0], -0.7)],
    });
    const Q = wavevectors(3, 2);
    const bare = moments(model, Q, {}, { gFactor: 'none', formFactor: 'none' });
    const full = moments(model, Q, {}, { gFactor: 'full', formFactor: 'none' });
    const half = moments(model, Q, {}, { formFactor: 'none' });
    bare.forEach((row, k) => {
      for (let f = 0; f < 4; f++)
        for (let part = 0; part < 2; part++) {
          const m = Array.from({ length: 9 }, (_, i) => row[4 * (2 * i + part) + f]!);
          const t = matMul(gTensor, matMul(m as unknown as Mat3, transpose(gTensor)));
          t.forEach((v, i) => {
            expect(full[k]![4 * (2 * i + part) + f]).toBeCloseTo(v, 10);
            expect(half[k]![4 * (2 * i + part) + f]).toBeCloseTo(v / 4, 10);
          });
        }
    });
    const withF = moments(model, Q, {}, { gFactor: 'none' });
    const { reciprocal } = model.lattice;
    bare.forEach((row, k) => {
      const q = Math.hypot(...[0, 1, 2].map((a) => Q[3 * k + a]! * reciprocal[4 * a]!));
      const f2 = formFactor('Mn3', q) ** 2;
      expect(f2).toBeLessThan(0.9);
      row.forEach((v, i) => expect(withF[k]![i]).toBeCloseTo(f2 * v, 10));
    });
  });
});

it('twins: each adds its own weight at its own Q, tensors in axes of the laboratory', () => {
  const model = randomModel(21, 'general', 2);
  const R = rotationAbout([0.2, 0.5, -0.4], 1.1);
  const mirror: Mat3 = [0, 1, 0, 1, 0, 0, 0, 0, 1];
  const twinned: SpinModel = {
    ...model,
    twins: [
      { name: 'a', rotation: R, weight: 0.3 },
      { name: 'b', rotation: mirror, weight: 0.7 },
    ],
  };
  const Q = wavevectors(7, 1);
  const prepared = prepare(twinned);
  const p = prepared.parameterVector();
  const both = spectrum(prepared, p, Q, { twins: true, tensor: true });
  expect(both.nModes).toBe(2 * prepared.nModes);
  const lab = rluToCartesian(model.chemicalLattice, [...Q] as unknown as Vec3);
  twinned.twins.forEach((twin, t) => {
    const own = [0, 1, 2].map((a) =>
      lab.reduce((s, v, b) => s + twin.rotation[3 * a + b]! * v, 0),
    ) as unknown as Vec3;
    const alone = spectrum(
      prepared,
      p,
      Float64Array.from(cartesianToRlu(model.chemicalLattice, own)),
      { tensor: true },
    );
    for (let m = 0; m < prepared.nModes; m++) {
      const at = t * prepared.nModes + m;
      expect(both.twinOfMode[at]).toBe(t);
      expect(both.energiesMeV[at]).toBeCloseTo(alone.energiesMeV[m]!, 9);
      expect(both.sPerp[at]).toBeCloseTo(twin.weight * alone.sPerp[m]!, 9);
      const local = Array.from({ length: 9 }, (_, i) => alone.sTensor![18 * m + 2 * i]!);
      const turned = matMul(
        transpose(twin.rotation),
        matMul(local as unknown as Mat3, twin.rotation),
      );
      turned.forEach((v, i) =>
        expect(both.sTensor![18 * at + 2 * i]).toBeCloseTo(twin.weight * v, 9),
      );
    }
  });
});
