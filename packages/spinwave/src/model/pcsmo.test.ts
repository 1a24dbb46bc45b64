import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bilinear } from '../crystal/geometry.js';
import { parseSpinModel } from './parse.js';
import type { SpinModel } from './types.js';

const folder = new URL('../../../../pipelines/pcsmo/models/', import.meta.url);
const load = (name: string): SpinModel =>
  parseSpinModel(readFileSync(new URL(`${name}.yaml`, folder), 'utf8'), { source: `${name}.yaml` });

/** Sum over bonds of S_i M S_j, written out here without the package's own energy. */
function bondEnergy(model: SpinModel): number {
  return model.bonds.reduce((sum, bond) => {
    const a = model.sites[bond.from]!;
    const b = model.sites[bond.to]!;
    const values = bond.exchange.map(
      (t) =>
        (t.parameter < 0 ? 1 : model.parameters[t.parameter]!.value) *
        bilinear(a.direction, t.matrix, b.direction),
    );
    return sum + a.spin * b.spin * values.reduce((x, y) => x + y, 0);
  }, 0);
}

function counts(model: SpinModel): Record<string, number> {
  const n: Record<string, number> = {};
  for (const bond of model.bonds) n[bond.rule] = (n[bond.rule] ?? 0) + 1;
  return n;
}

describe('the PCSMO models (pcsmo.md)', () => {
  const goodenough = load('goodenough');
  const dimer = load('dimer');

  it('have 16 sites, eight at z = 0.1 and their images at z = 0.9', () => {
    for (const model of [goodenough, dimer]) {
      expect(model.sites).toHaveLength(16);
      for (const z of [0.1, 0.9])
        expect(model.sites.filter((s) => Math.abs(s.position[2] - z) < 1e-9)).toHaveLength(8);
      for (const low of model.sites.filter((s) => s.position[2] < 0.5)) {
        const image = model.sites.find(
          (s) =>
            s.position[2] > 0.5 &&
            Math.abs(s.position[0] - low.position[0]) < 1e-9 &&
            Math.abs(s.position[1] - ((low.position[1] + 0.5) % 1)) < 1e-9,
        )!;
        expect(image.direction).toEqual(low.direction);
        expect(image.label).toBe(low.label);
      }
      expect(model.sites.every((s) => s.spin === 1.75 && s.ion === s.label)).toBe(true);
    }
  });

  it('have the bonds of the table, with its lengths', () => {
    expect(counts(goodenough)).toEqual({ J_F1: 16, J_A: 16, J_F2: 8, J_F3: 8, J_perp: 8 });
    expect(counts(dimer)).toEqual({ J_FS: 8, J_FW: 8, J_A1: 8, J_A2: 8, J_perp: 8 });
    const lengths = { J_F1: 3.8424, J_A: 3.8424, J_F2: 7.6849, J_F3: 5.408, J_perp: 3.8532 };
    for (const bond of goodenough.bonds)
      expect(bond.lengthAngstrom).toBeCloseTo(lengths[bond.rule as keyof typeof lengths], 3);
  });

  it('have the classical energies -649.495 and -651.455 meV a cell', () => {
    expect(bondEnergy(goodenough)).toBeCloseTo(-649.495, 3);
    expect(bondEnergy(dimer)).toBeCloseTo(-651.455, 3);
  });

  it('have the published fit and priors', () => {
    const table = (m: SpinModel) => m.parameters.map((p) => [p.name, p.value, p.prior]);
    const uniform = (min: number, max: number) => ({ kind: 'uniform', min, max });
    expect(table(goodenough)).toEqual([
      ['J_F1', -11.39, uniform(-20, 0)],
      ['J_A', 1.5, uniform(0, 3)],
      ['J_F2', -1.35, uniform(-3, 3)],
      ['J_F3', 1.5, uniform(-3, 3)],
      ['J_perp', 0.88, uniform(0, 3)],
      ['D', 0.074, uniform(0, 0.2)],
    ]);
    expect(table(dimer)).toEqual([
      ['J_FS', -14.2, uniform(-20, 0)],
      ['J_FW', -8.43, uniform(-20, 0)],
      ['J_A1', 1.52, uniform(-3, 3)],
      ['J_A2', 1.52, uniform(-3, 3)],
      ['J_perp', 0.92, uniform(0, 3)],
      ['D', 0.073, uniform(0, 0.2)],
    ]);
  });

  it('have two twins of weight 1/2 that exchange x and y', () => {
    for (const model of [goodenough, dimer]) {
      expect(model.twins.map((t) => t.weight)).toEqual([0.5, 0.5]);
      expect(model.twins[1]!.rotation).toEqual([0, 1, 0, 1, 0, 0, 0, 0, 1]);
    }
  });
});
