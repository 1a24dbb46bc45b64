import { decode } from 'fast-png';
import { parse } from 'parse5';
import { describe, expect, it } from 'vitest';
import { renderXrayReport } from './page.js';
import type { XrayReportData, XrayTargetReport } from './types.js';

const grid = Array.from({ length: 20 }, (_, i) => 500 + i);
const hostile = '<script>alert("x")</script> & \'more\'';
const axis = (input: number) => ({ input, values: [0, 0.5, 1] });

const target: XrayTargetReport = {
  name: 'emission',
  title: `Emission ${hostile}`,
  unit: 'eV',
  scaling: 'global',
  grid,
  mean: grid.map((e) => Math.exp(-(((e - 510) / 3) ** 2))),
  sd: grid.map(() => 0.1),
  samples: { train: 64, validation: 16, test: 20 },
  scores: [
    { method: 'emulator', components: 3, rho: [0.99, 0.98], cpuSeconds: [3, 4] },
    { method: 'nnca', components: 1, rho: [0.6, 0.64], cpuSeconds: [5, 6] },
    { method: 'nnca', components: 3, rho: [0.99, 0.98], cpuSeconds: [5, 6] },
    { method: 'linear', components: 1, rho: [0.25], cpuSeconds: [0.1] },
    { method: 'linear', components: 3, rho: [0.31], cpuSeconds: [0.1] },
  ],
  bases: [
    {
      method: 'nnca',
      of: '95 % intervals from 4 refits',
      components: [
        [
          { value: 0.8, low: 0.7, high: 0.9, undecided: false },
          { value: -0.6, low: -0.7, high: -0.5, undecided: false },
          { value: 0.05, low: -0.2, high: 0.3, undecided: true },
        ],
      ],
    },
  ],
  readBackBy: 'NNCA with 1 components',
  level: 0.95,
  readBack: [
    {
      input: 0,
      truth: [100, 105, 110],
      value: [101, 104, 111],
      low: [95, 100, 105],
      high: [106, 108, 116],
      undecided: [false, true, false],
      coverage: 0.95,
      undecidedPart: 0.33,
      explained: 0.9,
    },
  ],
  slices: [
    {
      x: axis(0),
      y: axis(1),
      held: 'short 0.92 Å',
      fields: [
        { title: 'M', scale: 'sequential', values: [1, 2, 3, 4, null, 6, 7, 8, 9] },
        { title: 'activation', scale: 'diverging', values: [-1, 0, 1, null, null, null, 2, 1, 0] },
      ],
    },
  ],
  volumes: [
    {
      title: 'M in a box',
      axes: [axis(0), axis(1), axis(2)],
      surfaces: [
        {
          level: 1.5,
          vertices: [
            [0, 0, 0],
            [1, 0, 0],
            [0, 1, 0.5],
            [1, 1, 1],
          ],
          triangles: [
            [0, 1, 2],
            [1, 2, 3],
          ],
        },
      ],
    },
  ],
};

const data: XrayReportData = {
  title: `Report ${hostile}`,
  description: hostile,
  pipeline: 'h2o-xray',
  preset: 'tiny',
  createdAt: '2026-11-21T12:00:00.000Z',
  shrinks: [hostile],
  inputs: [
    { name: 'a', unit: 'deg', label: 'angle' },
    { name: 'l', unit: 'Å', label: `long ${hostile}` },
    { name: 's', unit: 'Å', label: 'short' },
  ],
  structures: [['molecule', hostile]],
  targets: [target],
  timings: [{ stage: 'train', seconds: 12, summary: hostile }],
  provenance: [['command', hostile]],
};

interface Node {
  readonly nodeName: string;
  readonly attrs?: readonly { name: string; value: string }[];
  readonly childNodes?: readonly Node[];
}
const nodesOf = (node: Node): Node[] => [node, ...(node.childNodes ?? []).flatMap(nodesOf)];

describe('the report of a structure-to-spectrum pipeline', () => {
  const html = renderXrayReport(data);
  const nodes = nodesOf(parse(html) as unknown as Node);

  it('has no script, loads nothing and lets no text become markup', () => {
    expect(nodes.filter((n) => n.nodeName === 'script')).toEqual([]);
    const links = nodes.flatMap((n) =>
      (n.attrs ?? []).filter((a) => ['href', 'src', 'xlink:href'].includes(a.name)),
    );
    for (const { value } of links) expect(value).toMatch(/^(#|data:)/);
    expect(nodes.flatMap((n) => n.attrs ?? []).filter((a) => a.name.startsWith('on'))).toEqual([]);
  });

  it('shows every figure once, each with a description', () => {
    const figures = nodes.filter((n) => n.nodeName === 'figure');
    const ids = figures.map((f) => f.attrs!.find((a) => a.name === 'id')!.value);
    expect(ids).toEqual([
      'emission-spectrum',
      'emission-rho',
      'emission-basis-0',
      'emission-read-0',
      'emission-slice-0-0',
      'emission-slice-0-1',
      'emission-volume-0',
    ]);
    const plots = nodes.filter((n) => n.nodeName === 'svg');
    expect(plots.length).toBe(7);
    for (const plot of plots) {
      expect(plot.attrs!.find((a) => a.name === 'aria-label')!.value.length).toBeGreaterThan(20);
    }
    expect(html).not.toMatch(/undefined|NaN|Infinity/);
  });

  it('tells numbers with their spread, and what is undecided', () => {
    expect(html).toContain('0.620 ± 0.028');
    expect(html).toContain('>0.250<');
    expect(html).toContain('one global scale of the spectra');
    expect(html).toMatch(/sign is undecided \(short in component 1\)/);
    expect(html).toContain('95 % of the 95 % intervals hold the truth');
    expect(html).toMatch(/class="f0 l\d"/);
  });

  it('draws a pixel a point, and leaves points without a value out', () => {
    const pictures = [...html.matchAll(/data:image\/png;base64,([^"]+)/g)].map(([, base64]) =>
      decode(Buffer.from(base64, 'base64')),
    );
    // Two fields, each with its colour bar.
    expect(pictures.map(({ width, height }) => [width, height])).toEqual([
      [3, 3],
      [1, 64],
      [3, 3],
      [1, 64],
    ]);
    const alpha = ({ data: bytes }: (typeof pictures)[number]) =>
      Array.from(bytes).filter((_, i) => i % 4 === 3);
    // x rightwards, y upwards: the blank of the first is the middle; of the second, the middle column.
    expect(alpha(pictures[0])).toEqual([255, 255, 255, 255, 0, 255, 255, 255, 255]);
    expect(alpha(pictures[2])).toEqual([255, 0, 255, 255, 0, 255, 255, 0, 255]);
    const pixel = (i: number) => Array.from(pictures[0].data.subarray(4 * i, 4 * i + 3));
    const bar = (i: number) => Array.from(pictures[1].data.subarray(4 * i, 4 * i + 3));
    // The smallest value stands lower left, the largest upper right: the ends of the bar.
    expect(pixel(6)).toEqual(bar(63));
    expect(pixel(2)).toEqual(bar(0));
  });

  it('is the same for the same data', () => {
    expect(renderXrayReport(data)).toBe(html);
  });
});
