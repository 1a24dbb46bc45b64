import { parse } from 'parse5';
import { describe, expect, it } from 'vitest';
import { decodeReportData, encodeReportData } from '../data/json.js';
import { exampleInsight } from '../testing/insight.fixture.js';
import { exampleReport, pcsmoLayout } from '../testing/report.fixture.js';
import { renderReport } from './render.js';

const tiles = pcsmoLayout.rows.length * pcsmoLayout.columns.length;
const insight = exampleInsight(240 * 400, tiles);
const data = exampleReport(insight);
const page = renderReport(data);
const plain = page
  .replace(/<style>[\s\S]*?<\/style>/g, '')
  .replace(/<[^>]+>/g, ' ')
  .replace(/\s+/g, ' ');

describe('the sections of a calibrated and explained run', () => {
  it('are there, in well-formed markup, and under the limit', () => {
    const problems: string[] = [];
    parse(page, { onParseError: (e) => problems.push(e.code) });
    expect(problems).toEqual([]);
    for (const id of ['doubt', 'places', 'learnt', 'ablation']) {
      expect(page).toContain(`<section id="${id}"`);
      expect(page).toContain(`href="#${id}"`);
    }
    expect(Buffer.byteLength(page)).toBeLessThan(20_000_000);
  });

  it('say the verdict of each method, with its number', () => {
    expect(plain).toMatch(/softmax Goodenough/);
    expect(plain).toMatch(/ddu outside what it was trained on/);
    expect(plain).toContain('0.008');
    expect(plain).toMatch(/0\.990 0\.990 99 % refused/);
    expect(plain).toMatch(/0\.8 % of 1\.0 % without noise 0\.4 %/);
  });

  it('name the score a verdict rests on, with each of the others', () => {
    expect(plain).toMatch(/What subspace rests on .* pattern how far off its pattern 3\.4 0\.008/);
    expect(plain).toMatch(/intensities how far off its intensities 0\.4 0\.608/);
    expect(plain).toMatch(/By each score of subspace alone/);
    expect(plain).toMatch(/usual images 1\.0 % refused 1\.0 % refused 0\.8 % refused/);
    expect(plain).toMatch(/0\.970 87 % refused 0\.870 77 % refused 0\.995/);
    expect(page).not.toContain('What ddu rests on');
  });

  it('name tiles by Ei and energies, and set physics beside the network', () => {
    // Tile 34: row 3 (Ei = 70 meV), column 4 (0.34 to 0.40 Ei).
    expect(plain).toMatch(/Strongest: Ei 70 meV, 23\.8 to 28 meV/);
    expect(plain).toMatch(/activation physics 0\.31 no 2 0\.4/);
    expect(plain).toMatch(/occlusion physics none/);
    expect(plain).toMatch(/Deletion and insertion.*deletion 0\.22/);
    expect(plain).toMatch(/random 0\.50 ± none/);
  });

  it('answer whether network and physics look at the same place by the two maps that can be compared', () => {
    const answered = (rankCorrelation: number | null) => {
      const { maps, agreement } = insight.places!;
      const both = ['occlusion in general', 'physics with noise'] as [string, string];
      const places = {
        ...insight.places!,
        maps: [...maps, ...both.map((name) => ({ ...maps[0]!, name }))],
        agreement: [
          ...agreement,
          { ...agreement[0]!, of: both[0], with: both[1], rankCorrelation, sharedTopFive: 4 },
        ],
        compared: both,
      };
      return renderReport(exampleReport({ ...insight, places })).replace(/\s+/g, ' ');
    };
    expect(answered(0.8)).toMatch(
      /In general they do<.*correlation of 0\.80 \(4 of the first five/,
    );
    // 1 / sqrt(59) = 0.13 is what chance gives.
    expect(answered(0.2)).toMatch(/In general they do in part</);
    expect(answered(-0.4)).toMatch(/In general they do not</);
    expect(answered(null)).not.toMatch(/In general they/);
    expect(plain).not.toMatch(/In general they/);
    expect(plain).toMatch(/of random orders it is 0 ± 0\.13/);
  });

  it('hold the table of an ablation', () => {
    expect(plain).toMatch(/no-resolution no resolution at all 95\.0 % ± 2\.0/);
    expect(plain).toMatch(/no-resolution 80\.0 % ± 2\.0 90\.0 % ± 2\.0/);
    expect(plain).toMatch(/yes , p 0\.010 \(pattern\)/);
    expect(plain).toMatch(/no-resolution 32\.0 % 2\.0 %/);
  });

  it('come back from JSON as they were', () => {
    expect(decodeReportData(encodeReportData(data)).learnt).toEqual(insight.learnt);
  });
});

describe('data that do not fit', () => {
  it('are refused, each place named', () => {
    const short = { ...insight.places!, maps: [{ ...insight.places!.maps[0], tiles: [1, 2] }] };
    expect(() => renderReport(exampleReport({ places: short }))).toThrow(
      /places\.maps\[0\]\.tiles: got 2 values, expected one for each of 60 tiles/,
    );
    const strange = insight.doubt!.verdicts.map((v) => ({ ...v, called: 'ising' }));
    expect(() =>
      renderReport(exampleReport({ doubt: { methods: [], verdicts: strange } })),
    ).toThrow(/'ising' is none of the classes/);
    const image = [{ className: 'dimer', values: new Float32Array(7) }];
    expect(() => renderReport(exampleReport({ learnt: { maximal: image } }))).toThrow(
      /learnt\.maximal\[0\]/,
    );
    const over = insight.doubt!.methods.map((m) => ({ ...m, coverage: 1.2 }));
    expect(() => renderReport(exampleReport({ doubt: { methods: over, verdicts: [] } }))).toThrow(
      /coverage/,
    );
  });
});
