import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { namedInstrument } from '../catalogue/catalogue.js';
import { sharedFile } from '../shared.fixture.js';
import { halfMaximumEllipse, resolutionReport } from './report.js';
import { interpolateTable, parseResolutionTable } from './table.js';

const line = (x: number, y: number, e: number, scale = 1): string =>
  [x, y, e, 4, 1, 2, 1, 5, -1, 2, -1, 9].map((v, i) => (i < 3 ? v : v * scale)).join('  ');

describe('covariance tables', () => {
  test('linear between nodes, exact on them, an error outside', () => {
    const lines: string[] = ['# Qh Qk E covariance'];
    for (const x of [0, 1])
      for (const y of [0, 2])
        for (const e of [5, 6]) {
          lines.push(line(x, y, e, 1 + x + y + e));
        }
    const table = parseResolutionTable(lines.join('\n'));
    expect([...interpolateTable(table, 1, 2, 6)]).toEqual([4, 1, 5, 2, -1, 9].map((v) => v * 10));
    const middle = interpolateTable(table, 0.25, 1.5, 5.5);
    [4, 1, 5, 2, -1, 9].forEach((v, i) =>
      expect(middle[i]).toBeCloseTo(v * (1 + 0.25 + 1.5 + 5.5), 10),
    );
    expect(() => interpolateTable(table, 1.2, 0, 5)).toThrow(/does not cover.*first coordinate/);
    expect(() => interpolateTable(table, 1, 0, 7)).toThrow(/energy = 7/);
  });

  test('malformed, asymmetric, indefinite, doubled and empty tables are refused with the line', () => {
    expect(() => parseResolutionTable('1 2 3')).toThrow(/twelve numbers.*table:1/);
    expect(() => parseResolutionTable('0 0 0 4 1 2 0 5 -1 2 -1 9')).toThrow(/not symmetric/);
    expect(() => parseResolutionTable('0 0 0 4 9 2 9 5 -1 2 -1 9')).toThrow(/positive definite/);
    expect(() => parseResolutionTable(`${line(0, 0, 0)}\n${line(0, 0, 0)}`)).toThrow(/two lines/);
    expect(() => parseResolutionTable('# nothing\n')).toThrow(/empty/);
  });

  const path = sharedFile('data/pcsmo/PCSMO_ei25_resolution.txt.gz');
  test.skipIf(!path)('the published table of Ei = 25 meV', () => {
    const table = parseResolutionTable(gunzipSync(readFileSync(path!)).toString());
    expect([table.first.length, table.second.length, table.energyMeV.length]).toEqual([23, 23, 25]);
    const at = interpolateTable(table, 0, 0, 10);
    expect(2.3548200450309493 * Math.sqrt(at[5]!)).toBeCloseTo(0.806, 3);
  });
});

describe('resolution report', () => {
  test('plain JSON with widths by contribution', () => {
    const report = resolutionReport(
      namedInstrument('maps'),
      { eiMeV: 100, chopperHz: 250, chopperPackage: 'S', sample: { sizeMm: [20, 20, 20] } },
      { energyMeV: 13, twoThetaDeg: 30, azimuthDeg: 0 },
    );
    expect(JSON.parse(JSON.stringify(report)).covariance[3][3]).toBeCloseTo(
      report.covariance[3]![3]!,
      12,
    );
    const { total, ...parts } = report.fwhm.E;
    expect(Math.hypot(...Object.values(parts))).toBeCloseTo(total, 10);
    expect(report.fwhm.Qz.aperture).toBeGreaterThan(0);
  });

  test('half-maximum ellipse: axes and outline of a known covariance', () => {
    // Variances 4 and 1 along axes turned by 30 degrees.
    const c = Math.cos(Math.PI / 6);
    const s = 0.5;
    const m = Float64Array.of(4 * c * c + s * s, 3 * c * s, 3 * c * s, 4 * s * s + c * c);
    const e = halfMaximumEllipse(m, 2, 0, 1);
    const half = Math.sqrt(2 * Math.LN2);
    expect(e.semiMajor).toBeCloseTo(2 * half, 10);
    expect(e.semiMinor).toBeCloseTo(half, 10);
    expect(Math.abs(e.direction[0])).toBeCloseTo(c, 10);
    for (let p = 0; p < 64; p++) {
      const x = e.outline[2 * p]!;
      const y = e.outline[2 * p + 1]!;
      const det = m[0]! * m[3]! - m[1]! ** 2;
      const form = (m[3]! * x * x - 2 * m[1]! * x * y + m[0]! * y * y) / det;
      expect(Math.exp(-form / 2)).toBeCloseTo(0.5, 10);
    }
  });
});
