import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { namedInstrument } from '../catalogue/catalogue.js';
import { orientCrystal } from '../crystal.js';
import { unitVector } from '../kinematics.js';
import { sharedFile } from '../shared.fixture.js';
import { detectorPixels, insideTwoThetaRanges } from './detectors.js';
import { coverageMask } from './mask.js';
import { readMaskFile } from './maskFile.js';

const maps = namedInstrument('maps');

describe('detector pixels', () => {
  test('unit vectors, symmetric up and down, within the 2 theta ranges but for the corners', () => {
    const { count, directions } = detectorPixels(maps);
    let z = 0;
    for (let n = 0; n < count; n++) {
      const d = directions.subarray(3 * n, 3 * n + 3);
      expect(Math.abs(Math.hypot(d[0]!, d[1]!, d[2]!) - 1)).toBeLessThan(1e-12);
      z += d[2]!;
    }
    expect(z / count).toBeCloseTo(0, 10);
    // Tubes alone: 8 windows of 64 or 52 vertical and horizontal tubes, arm, corners, beam.
    expect(count).toBeGreaterThan(30_000);
  });

  test('rings where an instrument has no tubes', () => {
    const ringed = structuredClone(maps);
    ringed.detectors.banks = [];
    const { count, directions } = detectorPixels(ringed);
    for (let n = 0; n < count; n += 97) {
      const d = directions.subarray(3 * n, 3 * n + 3);
      expect(insideTwoThetaRanges(ringed, [d[0]!, d[1]!, d[2]!])).toBe(true);
    }
    expect(insideTwoThetaRanges(maps, unitVector({ twoThetaDeg: 20.5, azimuthDeg: 0 }))).toBe(
      false,
    );
    expect(insideTwoThetaRanges(maps, unitVector({ twoThetaDeg: 2, azimuthDeg: 0 }))).toBe(false);
    // A ring is a ring: the solid angle of 3 to 19.8 degrees, in pixels.
    const expected =
      (2 * Math.PI * (Math.cos((3 * Math.PI) / 180) - Math.cos((19.8 * Math.PI) / 180))) /
      ((0.0254 / 6) * (0.0168 / 6));
    let inner = 0;
    for (let n = 0; n < count; n++) {
      if (directions[3 * n]! > Math.cos((19.8 * Math.PI) / 180)) inner++;
    }
    expect(inner / expected).toBeCloseTo(1, 2);
  });
});

describe('MERLIN', () => {
  const { count, directions } = detectorPixels(namedInstrument('merlin'));
  /** Whether a pixel lies within a quarter of a degree of this horizontal angle, left positive. */
  const seen = (angleDeg: number, upDeg = 0): boolean => {
    const [c, s] = [Math.cos((angleDeg * Math.PI) / 180), Math.sin((angleDeg * Math.PI) / 180)];
    const [cu, su] = [Math.cos((upDeg * Math.PI) / 180), Math.sin((upDeg * Math.PI) / 180)];
    const near = Math.cos((0.45 * Math.PI) / 180);
    for (let n = 0; n < count; n++) {
      const [x, y, z] = directions.subarray(3 * n, 3 * n + 3) as unknown as [
        number,
        number,
        number,
      ];
      if (x * c * cu + y * s * cu + z * su > near) return true;
    }
    return false;
  };

  test('280 tubes in nine doors', () => {
    const { banks } = namedInstrument('merlin').detectors;
    const tubes = banks.map((b) => b.packs.reduce((t, [, n]) => t + n, 0));
    expect(tubes).toEqual([264, 8, 8]);
  });

  test('blind between the doors and in the beam, and nowhere else along the horizon', () => {
    for (const gap of [-24.5, -0.5, 18.2, 39.6, 61, 82.3, 103.8, 120.2]) {
      expect(seen(gap), `gap at ${gap}`).toBe(false);
    }
    for (const there of [-44, -30.2, -10, 4, 10.2, 25, 50.3, 70, 90, 110, 130, 135]) {
      expect(seen(there), `tube at ${there}`).toBe(true);
    }
    expect(seen(-50)).toBe(false);
    expect(seen(137)).toBe(false);
    // Above and below the beam short tubes begin 5 degrees off.
    expect(seen(0, 12)).toBe(true);
    expect(seen(0, -12)).toBe(true);
    expect(seen(0, 2)).toBe(false);
  });
});

describe('mask', () => {
  const bins = { low: -1 - 1 / 39, width: 2 / 39, count: 40 };
  const lattice = { a: 5.408, b: 5.4599, c: 19.266, alpha: 90, beta: 90, gamma: 90 };

  test('all masked without detectors; steps of an empty range are refused', () => {
    const none = { count: 0, directions: new Float64Array(0) };
    const projection = new Float64Array(6);
    const tile = { eiMeV: 50, energyRangeMeV: [5, 8] as const, first: bins, second: bins };
    expect(coverageMask(none, projection, tile, 0.5).every((v) => v === 1)).toBe(true);
    expect(() => coverageMask(none, projection, { ...tile, energyRangeMeV: [8, 8] }, 0.5)).toThrow(
      /empty/,
    );
    expect(() =>
      coverageMask(detectorPixels(maps), projection, { ...tile, energyRangeMeV: [45, 55] }, 0.5),
    ).toThrow(/above the incident energy/);
  });

  const path = sharedFile('data/pcsmo/nanmask.mat');
  test.skipIf(!path)(
    'the mask of the PCSMO measurement: gaps between tube windows, beam stop, reach',
    async () => {
      const published = await readMaskFile(readFileSync(path!));
      expect(published.shape).toEqual([240, 400]);
      expect(published.mask.reduce((a, b) => a + b, 0)).toBe(19_311);
      const pixels = detectorPixels(maps);
      // ki is 1.3 degrees off c in this measurement: fitted to the mask, as are the tube lengths.
      const agreement = (misorientationDeg?: [number, number, number]): number => {
        const { spectrometerToRlu } = orientCrystal({
          lattice,
          beam: [0, 0, 1],
          left: [-1, 0, 0],
          misorientationDeg,
        });
        let same = 0;
        [25, 35, 50, 70, 100, 140].forEach((eiMeV, block) => {
          for (let slice = 0; slice < 10; slice++) {
            const low = eiMeV * (0.1 + 0.06 * slice);
            const mask = coverageMask(
              pixels,
              spectrometerToRlu.subarray(0, 6),
              {
                eiMeV,
                energyRangeMeV: [low, low + 0.06 * eiMeV],
                first: bins,
                second: bins,
              },
              0.01 * eiMeV,
            );
            for (let h = 0; h < 40; h++) {
              // A simulated image has h from +1 (top) down, and the file's mask flipped vertically.
              const row = 239 - (block * 40 + 39 - h);
              for (let k = 0; k < 40; k++) {
                if (mask[h * 40 + k] === published.mask[row * 400 + slice * 40 + k]) same++;
              }
            }
          }
        });
        return same;
      };
      const aligned = agreement();
      const turned = agreement([0.225, -1.293, -0.357]);
      console.log(`mask: ${turned} of 96000 pixels agree (${aligned} with ki exactly along c)`);
      expect(turned).toBeGreaterThan(94_200);
      expect(aligned).toBeGreaterThan(90_000);
    },
  );
});

describe('mask files', () => {
  test('NumPy, C and Fortran order, several types', async () => {
    const npy = (descr: string, fortran: boolean, body: Uint8Array): Uint8Array => {
      const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (1, 2, 3), }`;
      const header = text.padEnd(118 - 1, ' ') + '\n';
      const out = new Uint8Array(10 + header.length + body.length);
      out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
      for (let i = 0; i < header.length; i++) out[10 + i] = header.charCodeAt(i);
      out.set(body, 10 + header.length);
      return out;
    };
    const c = await readMaskFile(npy('|b1', false, Uint8Array.of(1, 0, 0, 0, 1, 1)));
    expect(c.shape).toEqual([2, 3]);
    expect([...c.mask]).toEqual([1, 0, 0, 0, 1, 1]);
    const doubles = new Uint8Array(Float64Array.of(5, 0, 0, 1, 0, 1).buffer);
    const f = await readMaskFile(npy('<f8', true, doubles));
    expect([...f.mask]).toEqual([1, 0, 0, 0, 1, 1]);
    await expect(readMaskFile(npy('<f8', true, doubles.subarray(0, 40)))).rejects.toThrow(/short/);
    await expect(readMaskFile(Uint8Array.of(1, 2, 3))).rejects.toThrow(/not a mask file/);
    await expect(readMaskFile(new Uint8Array(0), 'm.npy')).rejects.toThrow(/m\.npy.*an empty file/);
    const cut = Uint8Array.from(npy('<f8', true, doubles).subarray(0, 9));
    await expect(readMaskFile(cut, 'm.npy')).rejects.toThrow(/damaged|header/);
    const matlab = new Uint8Array(140);
    matlab.set([...'MATLAB'].map((c) => c.charCodeAt(0)));
    // A compressed element of 8 bytes that are none.
    matlab.set([15, 0, 0, 0, 8, 0, 0, 0, 1, 2, 3, 4], 128);
    await expect(readMaskFile(matlab, 'm.mat')).rejects.toThrow(/m\.mat/);
  });
});
