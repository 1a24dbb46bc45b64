import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { instrumentText } from '@spectraloom/instrument';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inProcess, spectraloom, tinyWorkspace } from './commandLine.fixture.js';

let root: string;
beforeAll(async () => {
  root = await tinyWorkspace();
});
afterAll(() => rm(root, { recursive: true }));

const at = (name: string): string => join(root, name);
const horace = [
  ...['--ei', '100', '--chopper', 'S:250', '--two-theta', '30', '--azimuth', '0'],
  ...['--energy', '13', '--energy-bin', '1', '--pixel-length', '36.7', '--sample', '20,20,20'],
  ...['--moderator-tau', String(70 / Math.sqrt(90))],
];

interface Report {
  covariance: number[][];
  fwhm: Record<string, Record<string, number>>;
  rlu: { hkl: number[]; covariance: number[][]; fwhm: Record<string, Record<string, number>> };
}
const report = async (...args: string[]): Promise<Report> => {
  const { out, err, code } = await spectraloom(root, 'resolution', ...args, '--json');
  expect(err).toBe('');
  expect(code).toBe(0);
  return JSON.parse(out) as Report;
};

describe('spectraloom resolution', () => {
  test("gives Horace's stored covariance to 1e-7", async () => {
    const { covariance: c, fwhm } = await report('maps', ...horace);
    for (const [i, j, value] of [
      [0, 0, 5.76906026e-3],
      [0, 1, 1.42200561e-3],
      [1, 1, 9.02739448e-4],
      [2, 2, 4.33196892e-4],
      [0, 3, 0.171432735],
      [1, 3, 0.0447397411],
      [3, 3, 5.11895878],
    ] as const) {
      expect(Math.abs(c[i]![j]! / value - 1)).toBeLessThan(1e-7);
    }
    const { total, ...parts } = fwhm['E']!;
    expect(Math.hypot(...Object.values(parts))).toBeCloseTo(total!, 10);
    expect(total).toBeCloseTo(2.3548200450309493 * Math.sqrt(5.11895878), 6);
  });

  test('in r.l.u.: beam along c, h to the left, widths over the reciprocal lengths', async () => {
    const r = await report('maps', ...horace, '--lattice', '5,6,7');
    const { hkl, fwhm } = r.rlu;
    // Detector to the left: Q = ki - kf points right.
    expect(hkl[0]).toBeLessThan(0);
    expect(hkl[1]).toBeCloseTo(0, 10);
    for (const [axis, of, a] of [
      ['h', 'Qy', 5],
      ['k', 'Qz', 6],
      ['l', 'Qx', 7],
    ] as const) {
      for (const part of ['total', 'moderator', 'chopper', 'aperture', 'detector']) {
        expect(fwhm[axis]![part]).toBeCloseTo((r.fwhm[of]![part]! * a) / (2 * Math.PI), 10);
      }
    }
    expect(r.rlu.covariance[3]![3]).toBeCloseTo(r.covariance[3]![3]!, 10);
  });

  test('an instrument file of the user, another chopper and azimuth, as text', async () => {
    const mine = instrumentText('merlin')
      .replace('name: MERLIN', 'name: MINE')
      .replace('distanceM: 1.8', 'distanceM: 1.5')
      .replace('S: {', 'Z: { curvatureM: 1.1, slitMm: 1.9 }\n    S: {');
    await writeFile(at('mine.yaml'), mine);
    const { out, code } = await spectraloom(
      root,
      ...['resolution', 'mine.yaml', '--ei', '60', '--chopper', 'Z:300'],
      ...['--two-theta', '40', '--azimuth', '-75', '--energy', '20'],
    );
    expect(code).toBe(0);
    expect(out).toContain('MINE, chopper Z at 300 Hz');
    expect(out).toMatch(/FWHM +Qx \(1\/A\) +Qy \(1\/A\) +Qz \(1\/A\) +E \(meV\)/);
    expect(out).toMatch(/moderator +\d/);
    expect(out).toMatch(/Covariance/);
  });

  test('ellipses as SVG and PNG', async () => {
    const args = [...horace, '--lattice', '5.4,5.4,19', '--plot'];
    const svg = await inProcess(root, 'resolution', 'maps', ...args, 'e.svg');
    expect(svg.out).toContain('e.svg');
    const text = await readFile(at('e.svg'), 'utf8');
    expect(text).toContain('h (r.l.u.)');
    expect(text).toContain('energy transfer (meV)');
    // A curve for each ellipse of the grid and one for the point.
    expect(text.match(/<path[^>]*stroke="#00785a"/g)!.length).toBeGreaterThan(50);
    await inProcess(root, 'resolution', 'maps', ...args, 'e.png');
    expect((await readFile(at('e.png'))).subarray(1, 4).toString()).toBe('PNG');
  });
});

const base = {
  '--ei': '70',
  '--chopper': 'S:250',
  '--two-theta': '20',
  '--energy': '20',
};
const withOptions = (changes: Record<string, string>): string[] =>
  Object.entries({ ...base, ...changes }).flatMap(([k, v]) => [`${k}=${v}`]);

describe('a wrong call of resolution', () => {
  test.each<[string, string[], number, RegExp[]]>([
    ['energy at Ei', withOptions({ '--energy': '70' }), 1, [/at or above/, /70 meV/, /E < Ei/]],
    ['energy above Ei', withOptions({ '--energy': '90' }), 1, [/at or above/, /lower the energy/]],
    [
      'a chopper that transmits nothing',
      withOptions({ '--chopper': 'A:600', '--ei': '5', '--energy': '1' }),
      1,
      [/transmits nothing/, /Ei = 5 meV at 600 Hz, package A/, /best for [\d.]+ meV/],
    ],
    ['a package that is none', withOptions({ '--chopper': 'Z:250' }), 1, [/Z/, /S, A, B/]],
    ['no frequency', withOptions({ '--chopper': 'S' }), 2, [/--chopper/, /S:250/]],
    ['a frequency of zero', withOptions({ '--chopper': 'S:0' }), 2, [/--chopper/]],
    ['no Ei', withOptions({ '--ei': 'abc' }), 2, [/--ei/, /abc/]],
    ['an absurd Ei', withOptions({ '--ei': '1e300' }), 2, [/out of range/, /--ei/]],
    ['a negative sample', withOptions({ '--sample': '10,-5,10' }), 2, [/--sample/, /-5/]],
    ['two edges of three', withOptions({ '--sample': '10,5' }), 2, [/--sample/, /X,Y,Z/]],
    ['an angle beyond', withOptions({ '--two-theta': '200' }), 2, [/--two-theta/, /0 to 180/]],
    ['a lattice that closes no cell', withOptions({ '--lattice': '5,5,5,10,10,150' }), 1, [/cell/]],
    [
      'parallel directions',
      withOptions({ '--lattice': '5,5,5', '--beam': '1,0,0', '--left': '2,0,0' }),
      1,
      [/parallel/],
    ],
    ['directions without a lattice', withOptions({ '--left': '1,0,0' }), 2, [/lattice/]],
    ['a picture of no kind', withOptions({ '--plot': 'x.jpg' }), 2, [/\.svg or \.png/]],
  ])('%s', async (_name, args, code, says) => {
    const ended = await inProcess(root, 'resolution', 'maps', ...args);
    for (const pattern of says) expect(ended.err).toMatch(pattern);
    expect(ended.err).not.toMatch(/unexpected failure|\n\s+at /);
    expect(ended.code).toBe(code);
  });

  test('an instrument that is none; a file with mistakes, each named', async () => {
    const none = await inProcess(root, 'resolution', 'LET', ...withOptions({}));
    expect(none.code).toBe(1);
    expect(none.err).toMatch(/LET[\s\S]*maps-upgraded, maps, merlin/);
    await writeFile(
      at('bad.yaml'),
      instrumentText('maps')
        .replace('faceAngleDeg: 32', 'faceAngleDeg: 320')
        .replace('slitMm: 2.899', 'slit: 2.899'),
    );
    const bad = await inProcess(root, 'resolution', 'bad.yaml', ...withOptions({}));
    expect(bad.code).toBe(1);
    for (const part of [/bad\.yaml/, /moderator\.faceAngleDeg/, /chopper\.packages\.S\.slitMm/]) {
      expect(bad.err).toMatch(part);
    }
  });
});
