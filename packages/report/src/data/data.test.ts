import { describe, expect, it } from 'vitest';
import { ReportError } from '../errors.js';
import { exampleReport, pcsmoLayout } from '../testing/report.fixture.js';
import { checkReportData } from './check.js';
import { decodeReportData, encodeReportData } from './json.js';
import { forEachPixelOfTile, imageShape, tileEnergyRangeMeV } from './layout.js';
import type { ReportData } from './types.js';

describe('layout', () => {
  it('has the shape and the energies of its tiles', () => {
    expect(imageShape(pcsmoLayout)).toEqual([240, 400]);
    const { fromMeV, toMeV } = tileEnergyRangeMeV(pcsmoLayout, 5, 9);
    expect([fromMeV, toMeV]).toEqual([0.64 * 140, 0.7 * 140]);
  });

  it('visits each pixel of an image once over all tiles', () => {
    const seen = new Uint8Array(240 * 400);
    for (let r = 0; r < 6; r++) {
      for (let c = 0; c < 10; c++) forEachPixelOfTile(pcsmoLayout, r, c, (i) => seen[i]++);
    }
    expect(seen.every((n) => n === 1)).toBe(true);
  });
});

describe('report data as JSON', () => {
  it('come back as they were, arrays bit by bit', () => {
    const data = exampleReport();
    const values = data.examples[0].image.values;
    values[0] = Math.fround(1e-42);
    const text = encodeReportData(data);
    const back = decodeReportData(text);
    expect(encodeReportData(back) === text).toBe(true);
    expect(back.examples[0].image.values).toBeInstanceOf(Float32Array);
    expect(back.examples[0].image.values[0]).toBe(values[0]);
    expect(back.examples[0].image.mask).toBeInstanceOf(Uint8Array);
  });

  it('are refused when cut short, or with an array that is none', () => {
    const text = encodeReportData(exampleReport());
    expect(() => decodeReportData(text.slice(0, 500))).toThrow(ReportError);
    expect(() => decodeReportData(text.replace('"float32"', '"float16"'))).toThrow(/float16/);
    expect(() => decodeReportData('{}')).toThrow(/title/);
  });
});

describe('checkReportData', () => {
  type Loose = { -readonly [K in keyof ReportData]: ReportData[K] };
  const withPart = (part: Partial<Loose>) => exampleReport(part);
  const data = exampleReport();
  const measured = data.measured!;

  it('passes data that fit, unchanged', () => {
    expect(checkReportData(data)).toBe(data);
  });

  it.each<[string, unknown, string]>([
    ['an unknown field', { ...data, colour: 1 }, 'colour'],
    ['another format', { ...data, format: 'v2' }, 'format'],
    ['no classes', withPart({ classes: [] }), 'classes'],
    [
      'a class that is not there',
      withPart({ draws: [{ ...data.draws[0], className: 'x' }] }),
      "'x' is none of the classes",
    ],
    ['draws that do not add up', withPart({ draws: [{ ...data.draws[0], drawn: 7 }] }), 'drawn 7'],
    [
      'a confusion matrix of another size',
      withPart({ evaluation: [{ split: 'test', confusion: [[1]] }] }),
      'expected 2 rows of 2 counts',
    ],
    ['a time that is none', withPart({ createdAt: 'yesterday' }), 'yesterday'],
    [
      'an image of another size',
      withPart({ measured: { ...measured, image: { values: new Float32Array(7) } } }),
      'got 7 pixels, expected 240 x 400 = 96000',
    ],
    [
      'scores that do not sum to 1',
      withPart({
        measured: {
          ...measured,
          verdict: { className: 'dimer', scores: { dimer: 0.7, goodenough: 0.7 } },
        },
      }),
      'expected 1',
    ],
    [
      'a class without a score',
      withPart({
        measured: { ...measured, verdict: { className: 'dimer', scores: { dimer: 1 } } },
      }),
      "no score for 'goodenough'",
    ],
    [
      'no class and nothing that says outside',
      withPart({ measured: { ...measured, verdict: { ...measured.verdict, className: null } } }),
      'outside',
    ],
    [
      'tile means of another size',
      withPart({
        measured: {
          ...measured,
          activation: { ...measured.activation!, tileMeans: new Float32Array(3) },
        },
      }),
      'each of 60 tiles',
    ],
    [
      'an activation that is not finite',
      withPart({
        measured: {
          ...measured,
          activation: { ...measured.activation!, map: new Float32Array(24 * 40).fill(Infinity) },
        },
      }),
      'Infinity',
    ],
  ])('refuses %s', (_, bad, message) => {
    expect(() => checkReportData(bad)).toThrow(message);
  });

  it('lists every problem at once, each with its place', () => {
    const bad = withPart({
      createdAt: 'never',
      draws: [{ ...data.draws[0], drawn: 7 }],
      evaluation: [{ split: 'test', confusion: [[1]] }],
    });
    try {
      checkReportData(bad);
      expect.unreachable();
    } catch (error) {
      const { code, got, what } = error as ReportError;
      expect(code).toBe('REPORT_DATA_INVALID');
      expect(what).toContain('3 problems');
      for (const place of ['createdAt', 'draws[0]', 'evaluation[0].confusion']) {
        expect(got).toContain(place);
      }
    }
  });
});
