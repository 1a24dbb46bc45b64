import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { prepare } from '../theory/prepare.js';
import { checkStability } from '../theory/stability.js';
import { BOHR_MAGNETON_MEV_PER_T, DIPOLE_SCALE_MEV_A3 } from '../theory/units.js';
import { checkModel } from './check.js';
import { parseSpinModel } from './parse.js';

const folder = new URL('../../../../examples/models/', import.meta.url);
const files = readdirSync(folder).filter((f) => f.endsWith('.yaml'));
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');

/** Energies at q, descending. */
function energies(name: string, q: readonly number[]): number[] {
  const prepared = prepare(parseSpinModel(read(`${name}.yaml`)));
  return [...prepared.modes(Float64Array.from(q), prepared.parameterVector()).energiesMeV];
}

function expectModes(name: string, q: readonly number[], wanted: readonly number[], digits = 9) {
  const got = energies(name, q);
  const sorted = [...wanted].sort((a, b) => b - a);
  expect(got, name).toHaveLength(sorted.length);
  for (const [i, e] of sorted.entries())
    expect(Math.abs(got[i]! - e), `${name} mode ${i}: ${got[i]} for ${e}`).toBeLessThan(
      10 ** -digits,
    );
}

/** One of the modes has this energy (rotating frames have branches at Q and Q +- k). */
function expectMode(name: string, q: readonly number[], wanted: number, digits = 9) {
  const got = energies(name, q);
  expect(
    Math.min(...got.map((e) => Math.abs(e - wanted))),
    `${name}: ${got} for ${wanted}`,
  ).toBeLessThan(10 ** -digits);
}

const cos = (x: number) => Math.cos(2 * Math.PI * x);

describe('examples/models', () => {
  it.each(files)('%s says its closed form, and checks clean and stable', (name) => {
    const text = read(name);
    const comment = /^(#.*\n)+/.exec(text)?.[0] ?? '';
    expect(comment.toLowerCase()).toContain('closed form');
    const report = checkModel(text, { source: name });
    expect(report.problems).toEqual([]);
    expect(report.relativeTorque!).toBeLessThan(1e-8);
    const prepared = prepare(report.model!);
    const grid = report.model!.dipole ? 4 : 6;
    const { stable, worstEigenvalueMeV } = checkStability(prepared, prepared.parameterVector(), {
      grid,
    });
    expect(stable, `lowest eigenvalue ${worstEigenvalueMeV}`).toBe(true);
  });

  it('there are at least a dozen', () => expect(files.length).toBeGreaterThan(12));

  it('ferromagnetic chain', () => {
    for (const h of [0.25, 0.37, 0.5])
      expectModes('ferromagnetic-chain', [h, 0.2, 0.1], [2 * (1 - cos(h))]);
  });

  it('antiferromagnetic chain', () => {
    const e = 2 * Math.sin(2 * Math.PI * 0.05);
    expectModes('antiferromagnetic-chain', [0.05, 0, 0], [e, e]);
  });

  it('hard axis', () => {
    const c = Math.cos(Math.PI * 0.37);
    expectModes(
      'hard-axis-chain',
      [0, 0.37, 0],
      [1, -1].map((x) => Math.sqrt((1 - x * c) * (1 + x * c + 0.1))),
    );
  });

  it('easy axis in a field', () => {
    const h = 2 * BOHR_MAGNETON_MEV_PER_T * 7;
    const e = Math.sqrt(2.2 ** 2 - (2 * Math.cos(Math.PI * 0.1)) ** 2);
    expectModes('easy-axis-chain-in-field', [0.1, 0, 0], [e + h, e - h]);
  });

  it('120 degrees, in the rotating frame and in a supercell', () => {
    const at = (h: number, k: number) => {
      const g = (cos(h) + cos(k) + cos(h + k)) / 3;
      return 4.5 * Math.sqrt(Math.max(0, (1 - g) * (1 + 2 * g)));
    };
    const [h, k] = [0.13, 0.21];
    expectModes(
      'triangular-120',
      [h, k, 0],
      [at(h, k), at(h + 1 / 3, k + 1 / 3), at(h - 1 / 3, k - 1 / 3)],
    );
    const folded = [0, 1, 2].flatMap((i) => [0, 1, 2].map((j) => at(h + i / 3, k + j / 3)));
    expectModes('triangular-120-supercell', [h, k, 0], folded, 6);
  });

  it('kagome (golden case 6), and with DM', () => {
    expectModes('kagome-q0', [0.1, 0, 0], [0.74851, 0.65324, 0.37287], 5);
    const d = Math.sqrt(3) * 0.08;
    const bonds = checkModel(read('kagome-dm.yaml')).rules[0]!;
    expect(bonds.maxLengthAngstrom).toBeCloseTo(3, 10);
    const e = 2.5 * Math.sqrt(6 * d * (1 + d));
    // a Goldstone mode is zero to the square root of rounding
    expectModes('kagome-dm', [0, 0, 0], [e, e, 0], 4);
  });

  it('canted square lattice', () => {
    const [j, d, s] = [1, 0.54, 2.5];
    const h = 2 * BOHR_MAGNETON_MEV_PER_T * 6.5;
    const t = Math.acos(h / (2 * s * (4 * j + d)));
    const jq = 2 * j * (cos(0.12) + cos(0.23));
    for (const sign of [1, -1])
      expectMode(
        'canted-square-in-field',
        [0.12, 0.23, 0.34],
        Math.sqrt(
          4 * j * s * (4 * j * s + 2 * d * s * Math.sin(t) ** 2) +
            Math.cos(2 * t) * (jq * s) ** 2 +
            sign * 2 * s * jq * (4 * j * s * Math.cos(t) ** 2 + d * s * Math.sin(t) ** 2),
        ),
        7,
      );
  });

  it('dipole chain', () => {
    const zeta3 = 1.2020569031595942;
    const e = (4 * DIPOLE_SCALE_MEV_A3) / 64;
    expectModes('dipole-chain', [0, 0, 0.5], [2.5 * zeta3 * e], 8);
    const energy = checkModel(read('dipole-chain.yaml')).classicalEnergyMeV!;
    expect(energy).toBeCloseTo(-2 * zeta3 * e, 6);
  });

  it('biquadratic Neel', () => {
    const [s, b] = [1.5, -0.1];
    const gamma = 2 * (cos(0.1) + cos(0.2) + cos(0.05));
    expectMode(
      'biquadratic-neel',
      [0.1, 0.2, 0.05],
      (s - b * s * (2 * s * s - 2 * s + 1)) * Math.sqrt(36 - gamma ** 2),
    );
  });

  it('Rb2MnF4 (golden case 11)', () => {
    expectMode('rb2mnf4', [0, 0, 0], 0.635669, 6);
    expectMode('rb2mnf4', [0.5, 0, 0], 6.511104, 6);
  });

  it('DM chain', () => {
    const k = Math.hypot(1, 0.7265425280053609);
    const c = cos(0.23);
    expectMode('dm-chain', [0.23, 0, 0], 2 * Math.sqrt(k * (1 - c) * (k - c)));
  });

  it('J1-J2 spiral', () => {
    const j = (q: number) => -2 * cos(q) + cos(2 * q);
    const [q, k] = [0.07, 1 / 6];
    expectMode(
      'j1-j2-spiral',
      [q, 0, 0],
      0.5 * Math.sqrt((j(q) - j(k)) * ((j(q + k) + j(q - k)) / 2 - j(k))),
    );
  });

  it('pyrochlore ferromagnet', () => {
    const wanted = [0, ...Array<number>(6).fill(14), ...Array<number>(9).fill(28)];
    expectModes('pyrochlore-ferromagnet', [0, 0, 0], wanted, 5);
  });

  it('single-ion terms', () => {
    expectModes('easy-axis-ferromagnet', [0.2, 0, 0], [Math.sqrt(0.7)]);
    const e = 4 * (3 - cos(0.1) - cos(0.2) - cos(0.3)) + 80 * 0.0005 * 8;
    expectModes('cubic-stevens-ferromagnet', [0.1, 0.2, 0.3], [e]);
  });
});
