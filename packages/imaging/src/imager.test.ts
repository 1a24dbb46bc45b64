import { namedInstrument } from '@spectraloom/instrument';
import { cartesianToRlu, parseSpinModel, prepare, spectrum } from '@spectraloom/spinwave';
import { describe, expect, test } from 'vitest';
import { imageFrame, momentumOf } from './geometry/frame.js';
import { createImager } from './imager.js';
import { imagerFromJob } from './job.js';
import { pcsmoFile, pcsmoModel, squareFerromagnet } from './models.fixture.js';
import { Random } from './random/xoshiro.js';
import { parseImageSpec } from './spec/parse.js';
import type { ImageSpecInput } from './spec/schema.js';

const instrument = namedInstrument('maps');

/** One Ei, all of the square ferromagnet's band inside the slices. */
const squareSpec = (more: ImageSpecInput = {}): ReturnType<typeof parseImageSpec> =>
  parseImageSpec({
    incident: [{ eiMeV: 50, chopperHz: 200 }],
    slices: { from: 0.01, to: 0.81, count: 16 },
    pixels: { h: { from: -0.5, to: 0.5, count: 25 }, k: { from: -0.4, to: 0.6, count: 20 } },
    axes: { h: [1, 0, 0], k: [0, 1, 0], beam: [0, 0, 1], left: [1, 0, 0] },
    mask: 'none',
    ...more,
  });

const rotated = `${squareFerromagnet}
twins:
  - { weight: 0.3 }
  - { weight: 0.7, rotation: { axis: [0, 0, 1], angle: 25 } }
`;

describe('imager', () => {
  test.each([
    ['one domain', squareFerromagnet],
    ['two domains at 25 degrees', rotated],
  ])('conserves intensity: %s', (_, text) => {
    const prepared = prepare(parseSpinModel(text));
    // A gap that keeps the resolution's tails inside the slices.
    const p = prepared.parameterVector({ K: -4 });
    const spec = squareSpec();
    const imager = createImager({ prepared, instrument, spec });
    const image = imager.simulate(p);
    const width = (0.8 / 16) * 50;
    const total = (image.reduce((a, b) => a + b, 0) * width) / (25 * 20);
    // Mean of the sum over modes of S_perp over the same (h, k), each mode at its own momentum.
    const frame = imageFrame(spec, prepared.model.chemicalLattice);
    const random = new Random(11);
    const n = 1500;
    let mean = 0;
    let squares = 0;
    const { h, k } = imager.layout;
    for (let i = 0; i < n; i++) {
      const x = h.low + random.uniform() * h.width * h.count;
      const y = k.low + random.uniform() * k.width * k.count;
      const modes = spectrum(prepared, p, new Float64Array(rlu(x, y, 0)), { twins: true });
      let value = 0;
      for (let m = 0; m < modes.nModes; m++) {
        const here = spectrum(prepared, p, new Float64Array(rlu(x, y, modes.energiesMeV[m]!)), {
          twins: true,
        });
        value += here.sPerp[m]!;
      }
      mean += value / n;
      squares += (value * value) / n;
    }
    function rlu(x: number, y: number, energy: number): readonly number[] {
      const q = momentumOf(frame, 50, x, y, energy)!;
      return cartesianToRlu(prepared.model.chemicalLattice, [q[0], q[1], q[2]]);
    }
    const error = Math.sqrt((squares - mean * mean) / n);
    expect(Math.abs(total - mean)).toBeLessThan(4 * error + 0.003 * mean);
  });

  test('without resolution each mode lies in its own slice', () => {
    const prepared = prepare(parseSpinModel(squareFerromagnet));
    const p = prepared.parameterVector();
    const spec = squareSpec({ resolution: 'none', pointsPerPixel: 12 });
    const imager = createImager({ prepared, instrument, spec });
    const image = imager.simulate(p);
    const { h, k, tiles } = imager.layout;
    const lattice = prepared.model.chemicalLattice;
    const frame = imageFrame(spec, lattice);
    let checked = 0;
    for (let i = 0; i < h.count; i++) {
      for (let j = 0; j < k.count; j++) {
        // Energies over the pixel, from its corners, edges and centre.
        const energies: number[] = [];
        for (const u of [0, 0.5, 1]) {
          for (const v of [0, 0.5, 1]) {
            const x = h.low + (i + u) * h.width;
            const y = k.low + (j + v) * k.width;
            const q = momentumOf(frame, 50, x, y, 5)!;
            const at = new Float64Array(cartesianToRlu(lattice, [q[0], q[1], q[2]]));
            energies.push(spectrum(prepared, p, at).energiesMeV[0]!);
          }
        }
        const low = Math.min(...energies) - 0.4;
        const high = Math.max(...energies) + 0.4;
        for (const { slice, energyMeV } of tiles) {
          const value = image[imager.layout.index(0, slice, i, j)]!;
          if (energyMeV[1] < low || energyMeV[0] > high) {
            // What the normal cells of the grid leak from the neighbouring pixels.
            expect(value).toBeLessThan(2e-3);
            checked++;
          }
        }
        const sum = tiles.reduce(
          (t, { slice }) => t + image[imager.layout.index(0, slice, i, j)]!,
          0,
        );
        expect(sum).toBeGreaterThan(0);
      }
    }
    expect(checked).toBeGreaterThan(3000);
  });

  test('the same bytes again, from a job as from its parts; scale multiplies', () => {
    const prepared = pcsmoModel('dimer');
    const spec = { incident: [{ eiMeV: 70, chopperHz: 250 }] };
    const p = prepared.parameterVector({ D: 0.1 });
    const imager = createImager({ prepared, instrument, spec: parseImageSpec(spec) });
    const image = imager.simulate(p, { seed: 1 });
    expect(imager.simulate(p, { seed: 2 })).toEqual(image);
    const job = imagerFromJob({
      modelText: pcsmoFile('models/dimer.yaml'),
      instrument: { name: 'maps' },
      spec: { ...spec, scale: 4 },
    });
    const again = job.imager.simulate(job.parameterVector({ D: 0.1 }));
    for (let i = 0; i < image.length; i++) {
      expect(Math.abs(again[i]! - 4 * image[i]!)).toBeLessThanOrEqual(1e-6 * again[i]! + 2 ** -124);
    }
    // 0 says that there is no detector: a gap between the bands holds the smallest number instead.
    const zeros = image.map((v) => (v === 0 ? 1 : 0));
    expect(Uint8Array.from(zeros)).toEqual(imager.mask);
    expect(zeros.filter(Boolean).length).toBeGreaterThan(500);
    expect(image.filter((v) => v === 2 ** -126).length).toBeGreaterThan(10);
  });

  test('a given mask replaces the coverage; one that does not fit is refused', () => {
    const prepared = prepare(parseSpinModel(squareFerromagnet));
    const spec = squareSpec();
    const n = 25 * 20 * 16;
    const mask = Uint8Array.from({ length: n }, (_, i) => i % 2);
    const image = createImager({ prepared, instrument, spec, mask }).simulate(
      prepared.parameterVector(),
    );
    expect(image.every((v, i) => i % 2 === 0 || v === 0)).toBe(true);
    expect(() => createImager({ prepared, instrument, spec, mask: mask.subarray(1) })).toThrow(
      /mask does not fit/,
    );
  });

  test('dependent axes are refused with a reason', () => {
    const prepared = prepare(parseSpinModel(squareFerromagnet));
    const axes = { h: [1, 0, 0], k: [2, 0, 0], beam: [0, 0, 1], left: [1, 0, 0] };
    const bad = squareSpec({ axes } as ImageSpecInput);
    expect(() => createImager({ prepared, instrument, spec: bad })).toThrow(/not independent/);
  });

  test('twins of PCSMO: the pair is symmetric under exchange of h and k up to a/b', () => {
    const prepared = pcsmoModel('goodenough');
    const spec = parseImageSpec({
      incident: [{ eiMeV: 50, chopperHz: 200 }],
      sample: { sizeMm: [10, 10, 10], xAlong: [0, 0, 1], yAlong: [0, 1, 0] },
      mask: 'none',
    });
    const image = createImager({ prepared, instrument, spec }).simulate(prepared.parameterVector());
    const layout = createImager({ prepared, instrument, spec }).layout;
    let difference = 0;
    let sum = 0;
    for (let s = 0; s < 10; s++) {
      for (let i = 0; i < 40; i++) {
        for (let j = 0; j < 40; j++) {
          const a = image[layout.index(0, s, i, j)]!;
          difference += Math.abs(a - image[layout.index(0, s, j, i)]!);
          sum += a;
        }
      }
    }
    // a and b differ by 1 %, the resolution in h and k by its chopper term.
    expect(difference / sum).toBeLessThan(0.15);
    expect(difference / sum).toBeGreaterThan(0);
  });
});
