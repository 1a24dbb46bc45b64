import { namedInstrument } from '@spectraloom/instrument';
import { checkStability, parseSpinModel, prepare } from '@spectraloom/spinwave';
import { describe, expect, test } from 'vitest';
import { momentumOf, imageFrame } from '../geometry/frame.js';
import { createImager } from '../imager.js';
import { pcsmoModel, squareFerromagnet } from '../models.fixture.js';
import { parseImageSpec } from '../spec/parse.js';
import { normalisationKinds, otherNormalisation, pureBackground } from './intensities.js';
import { wrongMask, wrongMaskKinds } from './masks.js';
import { shuffledTiles, stitchedBlocks } from './rearranged.js';
import { keepUnstable } from './unstable.js';

const spec = parseImageSpec({
  incident: [
    { eiMeV: 50, chopperHz: 200 },
    { eiMeV: 100, chopperHz: 300 },
  ],
  slices: { from: 0.1, to: 0.7, count: 3 },
  pixels: { h: { from: -1, to: 1, count: 16 }, k: { from: -1, to: 1, count: 16 } },
  misorientationDeg: [0.225, -1.293, -0.357],
  pointsPerPixel: 1.5,
  scale: 10,
});
const maps = namedInstrument('maps');
const dimer = pcsmoModel('dimer');
const imager = createImager({ prepared: dimer, instrument: maps, spec });
const image = imager.simulate(dimer.parameterVector());
const { layout, mask } = imager;
const tileOf = (from: Float32Array, tile: number): number[] => {
  const { block, slice } = layout.tiles[tile]!;
  return Array.from({ length: 256 }, (_, p) => from[layout.index(block, slice, p >> 4, p & 15)]!);
};

describe('rearranged images', () => {
  test('shuffled tiles are the tiles, each once; masked like the places they come to', () => {
    const bare = new Uint8Array(mask.length);
    const shuffled = shuffledTiles(image, layout, bare, 4);
    const key = (from: Float32Array) => layout.tiles.map((_, t) => tileOf(from, t).join()).sort();
    expect(key(shuffled)).toEqual(key(image));
    expect(shuffled).not.toEqual(image);
    expect(shuffledTiles(image, layout, bare, 4)).toEqual(shuffled);
    expect(shuffledTiles(image, layout, bare, 5)).not.toEqual(shuffled);
    const masked = shuffledTiles(image, layout, mask, 4);
    expect(masked.every((v, p) => v === (mask[p] ? 0 : shuffled[p]))).toBe(true);
  });

  test('a stitched image has each block whole, and never all from one image', () => {
    const images = [1, 2, 3].map((n) => image.map(() => n));
    for (let seed = 0; seed < 20; seed++) {
      const stitched = stitchedBlocks(images, layout, seed);
      const perBlock = [0, 1].map((block) => new Set(tileOf(stitched, 3 * block)));
      expect(perBlock.map((s) => s.size)).toEqual([1, 1]);
      expect([...perBlock[0]!][0]).not.toBe([...perBlock[1]!][0]);
    }
    expect(() => stitchedBlocks([image], layout, 0)).toThrow(/nothing to stitch; got: 1 image/);
  });
});

describe('wrong masks', () => {
  test('none is the right one, and all but none hide something', () => {
    for (const kind of wrongMaskKinds) {
      const wrong = wrongMask(mask, layout, kind, 3);
      expect(wrong, kind).not.toEqual(mask);
      expect(wrong.some((v) => v === 1)).toBe(kind !== 'none');
      expect(wrongMask(mask, layout, kind, 3)).toEqual(wrong);
    }
  });

  test('dead banks and a larger beam stop hide more, and show nothing that has no detector', () => {
    for (const kind of ['dead-banks', 'beam-stop'] as const) {
      const wrong = wrongMask(mask, layout, kind, 7);
      expect(wrong.every((v, p) => v >= mask[p]!)).toBe(true);
    }
  });

  test('turned twice by a quarter is the mask again', () => {
    const turned = wrongMask(mask, layout, 'turned', 0);
    expect(wrongMask(turned, layout, 'turned', 0)).toEqual(mask);
  });
});

describe('other intensities', () => {
  test('pure background has no structure of the model, keeps the mask, follows its seed', () => {
    const nothing = pureBackground(imager, 2);
    expect(nothing.every((v, p) => (mask[p] ? v === 0 : v >= 0))).toBe(true);
    expect(Math.max(...nothing)).toBeGreaterThan(0);
    expect(pureBackground(imager, 2)).toEqual(nothing);
    expect(pureBackground(imager, 3)).not.toEqual(nothing);
  });

  test('normalisations keep zeros and the order of intensities where they act on the whole', () => {
    const order = (a: Float32Array) => {
      const bright = image.reduce((best, v, p) => (v > image[best]! ? p : best), 0);
      return a[bright]! >= Math.max(...a) - 1e-4;
    };
    for (const kind of normalisationKinds) {
      const other = otherNormalisation(image, imager, kind);
      expect(other.every((v, p) => Number.isFinite(v) && (image[p] === 0 ? v === 0 : v >= 0))).toBe(
        true,
      );
      expect(order(other), kind).toBe(true);
      expect(other).not.toEqual(image);
    }
    expect(Math.max(...otherNormalisation(image, imager, 'unit-interval'))).toBe(1);
    const tops = layout.tiles.map((_, t) =>
      Math.max(...tileOf(otherNormalisation(image, imager, 'tile-maximum'), t)),
    );
    for (const top of tops) expect(top === 0 || Math.abs(top - 40) < 1e-4).toBe(true);
  });
});

describe('unstable draws', () => {
  const unstable = dimer.parameterVector({ J_FW: 0, J_A1: -2.5, J_A2: 2.8 });

  test('are refused, but for those who ask for what they would look like', () => {
    expect(checkStability(dimer, unstable, { grid: 12 }).stable).toBe(false);
    expect(() => imager.simulate(unstable)).toThrow(/not a stable minimum/);
    const keeping = createImager({ prepared: keepUnstable(dimer), instrument: maps, spec });
    const artefact = keeping.simulate(unstable);
    expect(artefact.every(Number.isFinite)).toBe(true);
    expect(Math.max(...artefact)).toBeGreaterThan(0);
    expect(keeping.simulate(unstable)).toEqual(artefact);
    // Stable parameters are not touched, also afterwards.
    expect(keeping.simulate(dimer.parameterVector())).toEqual(image);
  });

  test('have their own modes at each stable wavevector, and forced ones at the others', () => {
    const q = Float64Array.from({ length: 3 * 40 }, (_, i) =>
      i % 3 === 2 ? 0 : ((i * 7) % 41) / 41,
    );
    const partly = dimer.parameterVector({ J_A1: -2 });
    const modes = keepUnstable(dimer).modes(q, partly);
    let stable = 0;
    for (let k = 0; k < 40; k++) {
      const energies = modes.energiesMeV.subarray(k * modes.nModes, (k + 1) * modes.nModes);
      expect(energies.every((e) => Number.isFinite(e) && e > 0)).toBe(true);
      let alone;
      try {
        alone = dimer.modes(q.slice(3 * k, 3 * k + 3), partly);
      } catch {
        continue;
      }
      stable++;
      alone.energiesMeV.forEach((e, m) => expect(energies[m]).toBeCloseTo(e, 6));
    }
    expect(stable).toBeGreaterThan(0);
    expect(stable).toBeLessThan(40);
  });
});

test('without a component along the beam a ferromagnet along it has S_perp = 1 in place of 1 + q_z^2/q^2', () => {
  const axes = { h: [1, 0, 0], k: [0, 1, 0], beam: [0, 0, 1], left: [-1, 0, 0] };
  const flat = parseImageSpec({
    ...spec,
    axes,
    formFactor: false,
    mask: 'none',
    resolution: 'none',
    intrinsicFwhmMeV: 0.4,
    pointsPerPixel: 4,
    slices: { from: 0.1, to: 0.3, count: 4 },
  });
  const prepared = prepare(parseSpinModel(squareFerromagnet, { source: 'test' }));
  const simulate = (alongBeam: 'kinematics' | 'zero') =>
    createImager({ prepared, instrument: maps, spec: { ...flat, alongBeam } }).simulate(
      prepared.parameterVector(),
    );
  const [real, without] = [simulate('kinematics'), simulate('zero')];
  const made = createImager({ prepared, instrument: maps, spec: flat });
  const frame = imageFrame(flat, prepared.model.chemicalLattice);
  let compared = 0;
  for (const { block, slice, eiMeV, energyMeV } of made.layout.tiles) {
    const centre = (energyMeV[0] + energyMeV[1]) / 2;
    for (let i = 0; i < 16; i++) {
      for (let j = 0; j < 16; j++) {
        const at = made.layout.index(block, slice, i, j);
        const { h, k } = made.layout;
        const q = momentumOf(
          frame,
          eiMeV,
          h.low + (i + 0.5) * h.width,
          k.low + (j + 0.5) * k.width,
          centre,
        );
        // Near the zone centre q varies within a pixel as much as it is long.
        if (!q || !(without[at]! > 0.5) || Math.hypot(q[0], q[1]) < 0.8) continue;
        const q2 = q[0] ** 2 + q[1] ** 2 + q[2] ** 2;
        expect(real[at]! / without[at]!).toBeCloseTo(1 + q[2] ** 2 / q2, 0.9);
        compared++;
      }
    }
  }
  expect(compared).toBeGreaterThan(50);
});
