import { parseFragment } from 'parse5';
import { describe, expect, it } from 'vitest';
import type { EpochRecord } from '../data/types.js';
import { accuracyCurve, lossCurve } from './curves.js';
import { dispersionSvg } from './dispersion.js';
import { reliabilityDiagram } from './reliability.js';

interface Node {
  nodeName: string;
  attrs?: { name: string; value: string }[];
  childNodes?: Node[];
  value?: string;
}

function elements(svg: string, name: string): Node[] {
  const found: Node[] = [];
  const walk = (node: Node) => {
    if (node.nodeName === name) found.push(node);
    node.childNodes?.forEach(walk);
  };
  walk(parseFragment(svg) as unknown as Node);
  return found;
}
const attribute = (node: Node, name: string) => node.attrs?.find((a) => a.name === name)?.value;
const said = (node: Node): string =>
  (node.value ?? '') + (node.childNodes?.map(said).join('') ?? '');
const texts = (svg: string) => elements(svg, 'text').map(said);
/** Points of the path of each mark of a line, in pixels. */
const lines = (svg: string) =>
  elements(svg, 'g')
    .filter((g) => attribute(g, 'class')?.includes('mark-line'))
    .flatMap((g) => g.childNodes!.filter((c) => c.nodeName === 'path'))
    .map((path) => attribute(path, 'd')!);

const epoch = (n: number, loss: number | null): EpochRecord => ({
  epoch: n,
  trainLoss: loss,
  validationLoss: loss,
  trainAccuracy: 0.5,
  validationAccuracy: 0.6,
});

describe('training curves', () => {
  it('draw training and validation with labelled axes, in the page’s colours', () => {
    const svg = lossCurve([epoch(1, 0.7), epoch(2, 0.4), epoch(3, 0.3)], 'cross-entropy (nats)', 3);
    expect(texts(svg)).toEqual(expect.arrayContaining(['epoch', 'cross-entropy (nats)']));
    expect(lines(svg).length).toBe(2);
    expect(svg).toContain('var(--series)');
    expect(attribute(elements(svg, 'svg')[0], 'aria-label')).toContain('validation ends at 0.3');
  });

  it('break a line where the loss was not finite', () => {
    const whole = lossCurve(
      [1, 2, 3, 4, 5].map((n) => epoch(n, 1)),
      'loss',
    );
    const broken = lossCurve(
      [1, 2, 3, 4, 5].map((n) => epoch(n, n === 3 ? null : 1)),
      'loss',
    );
    const moves = (svg: string) => lines(svg).join('').match(/M/g)!.length;
    expect(moves(broken)).toBeGreaterThan(moves(whole));
  });

  it('turn logarithmic where the loss spans decades', () => {
    expect(texts(lossCurve([epoch(1, 3), epoch(2, 0.001)], 'loss'))).toContain('loss, logarithmic');
    expect(texts(lossCurve([epoch(1, 3), epoch(2, 1)], 'loss'))).toContain('loss');
  });

  it('bear one epoch, equal values and no value at all', () => {
    for (const epochs of [[epoch(1, 0.7)], [epoch(1, null)], [epoch(1, 0), epoch(2, 0)]]) {
      expect(lossCurve(epochs, 'loss')).not.toContain('NaN');
      expect(accuracyCurve(epochs, 2)).not.toContain('NaN');
    }
  });

  it('mark chance for the number of classes', () => {
    expect(texts(accuracyCurve([epoch(1, 1), epoch(2, 1)], 4))).toContain('chance');
  });
});

describe('reliability diagram', () => {
  it('draws a point for each bin that holds images', () => {
    const svg = reliabilityDiagram([
      { from: 0.5, to: 0.75, count: 8, meanConfidence: 0.6, accuracy: 0.5 },
      { from: 0.75, to: 1, count: 0, meanConfidence: null, accuracy: null },
    ]);
    const label = attribute(elements(svg, 'svg')[0], 'aria-label')!;
    expect(label).toContain('0.6: 0.5 of 8');
    const symbols = elements(svg, 'g').filter((g) =>
      attribute(g, 'class')?.includes('mark-symbol'),
    );
    expect(symbols.flatMap((g) => g.childNodes!.filter((c) => c.nodeName === 'path')).length).toBe(
      1,
    );
  });
});

describe('dispersionSvg', () => {
  const nQ = 5;
  const data = {
    distance: [0, 0.5, 1, 1.5, 2],
    distanceLabel: 'path (Å⁻¹)',
    nModes: 2,
    energiesMeV: Float64Array.from({ length: 2 * nQ }, (_, i) => 10 + i),
    intensities: Float64Array.from({ length: 2 * nQ }, (_, i) => (i % 2 ? 0 : 1 + i)),
    intensityLabel: 'S⊥',
    marks: [
      { at: 0, label: 'Γ' },
      { at: 2, label: '<X> "(0.5,0,0)"' },
    ],
    title: 'A & B',
  };
  const markers = (svg: string) =>
    elements(svg, 'g')
      .filter((g) => /mark-symbol role-mark/.test(attribute(g, 'class') ?? ''))
      .flatMap((g) => g.childNodes!.filter((c) => c.nodeName === 'path'));

  it('draws a line a mode, markers where there is intensity, names and units', () => {
    const svg = dispersionSvg(data);
    expect(lines(svg).length).toBe(2);
    expect(markers(svg).length).toBe(nQ);
    expect(texts(svg)).toEqual(
      expect.arrayContaining([
        'Γ',
        '<X> "(0.5,0,0)"',
        'energy transfer (meV)',
        'path (Å⁻¹)',
        'S⊥',
        'A & B',
      ]),
    );
    expect(svg).not.toMatch(/var\(|NaN/);
  });

  it('does not let one soft mode shrink all others', () => {
    const intensities = Float64Array.from({ length: 400 }, (_, i) => (i === 0 ? 1e6 : 1 + (i % 3)));
    const svg = dispersionSvg({
      distance: Float64Array.from({ length: 200 }, (_, i) => i),
      distanceLabel: 'q',
      nModes: 2,
      energiesMeV: new Float64Array(400).fill(3),
      intensities,
    });
    expect(texts(svg).join(' ')).toContain('drawn alike');
  });

  it('bears a single q, and intensities that are all zero or absent', () => {
    const one = { distance: [0], distanceLabel: 'q', nModes: 1, energiesMeV: [4] };
    expect(markers(dispersionSvg(one)).length).toBe(1);
    expect(dispersionSvg({ ...data, intensities: new Float64Array(10) })).not.toContain('NaN');
    expect(lines(dispersionSvg({ ...data, intensities: undefined })).length).toBe(2);
  });

  it.each([
    ['energies of another shape', { energiesMeV: [1, 2, 3] }, '3 values; expected: 5 x 2 = 10'],
    ['an intensity that is not finite', { intensities: new Float64Array(10).fill(NaN) }, 'NaN'],
    ['no q', { distance: [], energiesMeV: [], intensities: [] }, 'no q'],
    ['q that go back', { distance: [0, 2, 1, 3, 4] }, 'distance[2]'],
    ['no modes', { nModes: 0 }, 'nModes'],
  ])('refuses %s', (_, part, message) => {
    expect(() => dispersionSvg({ ...data, ...part })).toThrow(message);
  });
});
