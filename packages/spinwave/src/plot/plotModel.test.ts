import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseSpinModel } from '../model/parse.js';
import { plotModel } from './plotModel.js';

const models = new URL('../../../../pipelines/pcsmo/models/', import.meta.url);
const examples = new URL('../../../../examples/models/', import.meta.url);
const load = (folder: URL, name: string) =>
  parseSpinModel(readFileSync(new URL(name, folder), 'utf8'));

describe('plotModel', () => {
  it('draws every rule, label and both projections of the PCSMO models', () => {
    for (const name of ['goodenough.yaml', 'dimer.yaml']) {
      const model = load(models, name);
      const svg = plotModel(model);
      for (const rule of new Set(model.bonds.map((b) => b.rule)))
        expect(svg).toContain(`>${rule}: `);
      expect(svg).toContain('Mn4: 8 a cell, S = 1.75');
      expect(svg).toContain('view along c');
      expect(svg).toContain('view along b');
      expect(svg).toMatch(/>[125] Å</);
      // up and down by colour, in equal number in the layer that is seen along c
      const arrows = (colour: string) => svg.split(`fill="${colour}"/>`).length - 1;
      expect(arrows('#0072B2')).toBeGreaterThan(4);
      expect(arrows('#D55E00')).toBeGreaterThan(4);
    }
  });

  it('draws finite numbers and well-formed XML for every example', () => {
    for (const name of readdirSync(examples)) {
      const svg = plotModel(load(examples, name));
      expect(svg, name).not.toMatch(/NaN|Infinity|undefined/);
      const opened = svg.match(/<(svg|g|title|text)[ >]/g)!.length;
      const closed = svg.match(/<\/(svg|g|title|text)>/g)!.length;
      expect(opened, name).toBe(closed);
    }
  });

  it('escapes names', () => {
    const model = load(examples, 'ferromagnetic-chain.yaml');
    const svg = plotModel({ ...model, name: '<script>"a" & b' });
    expect(svg).toContain('&lt;script&gt;&quot;a&quot; &amp; b');
    expect(svg).not.toContain('<script>');
  });

  it('turns the spins of a rotating frame from cell to cell', () => {
    const model = load(examples, 'dm-chain.yaml');
    const tips = new Set(plotModel(model, { cells: [10, 1, 1] }).match(/L[-\d.]+ [-\d.]+Z/g));
    expect(tips.size).toBeGreaterThan(10);
  });
});
