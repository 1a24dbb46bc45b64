import type { Mat3, Vec3 } from '../../crystal/geometry.js';
import type { Bond, Site, SpinModel } from '../../model/types.js';
import { orthorhombic, UNIT3 } from './models.fixture.js';

/** The two models of pcsmo.md, built by hand from its tables. */
export function pcsmo(kind: 'goodenough' | 'dimer'): SpinModel {
  const lattice = orthorhombic(10.816, 10.9198, 19.266);
  const spin = 1.75;
  const sites: Site[] = [];
  const ion: ('Mn3' | 'Mn4')[] = [];
  const add = (x: number, y: number, type: 'Mn3' | 'Mn4', up: number) => {
    for (const [dy, z] of [
      [0, 0.1],
      [0.5, 0.9],
    ] as const) {
      ion.push(type);
      sites.push({
        label: type,
        position: [x, (y + dy) % 1, z],
        spin,
        direction: [0, up, 0],
        ion: type,
        gTensor: UNIT3.map((v) => 2 * v) as unknown as Mat3,
      });
    }
  };
  add(0, 0, 'Mn4', 1);
  add(0.5, 0.5, 'Mn4', 1);
  add(0, 0.5, 'Mn4', -1);
  add(0.5, 0, 'Mn4', -1);
  add(0.25, 0.75, 'Mn3', 1);
  add(0.75, 0.75, 'Mn3', 1);
  add(0.25, 0.25, 'Mn3', -1);
  add(0.75, 0.25, 'Mn3', -1);

  const names =
    kind === 'goodenough'
      ? ['J_F1', 'J_A', 'J_F2', 'J_F3', 'J_perp', 'D']
      : ['J_FS', 'J_FW', 'J_A1', 'J_A2', 'J_perp', 'D'];
  const values =
    kind === 'goodenough'
      ? [-11.39, 1.5, -1.35, 1.5, 0.88, 0.074]
      : [-14.2, -8.43, 1.52, 1.52, 0.92, 0.073];
  const parameter = (name: string) => names.indexOf(name);
  const bonds: Bond[] = [];
  /** Every site at `position + vector`; each pair is visited from one end by its caller. */
  const link = (from: number, vector: Vec3, name: string) => {
    const r = sites[from]!.position.map((v, a) => v + vector[a]!);
    const to = sites.findIndex((s) =>
      s.position.every((v, a) => Math.abs(r[a]! - v - Math.round(r[a]! - v)) < 1e-6),
    );
    if (to < 0) throw new Error(`no site at ${r.join(', ')}`);
    const cell = sites[to]!.position.map((v, a) => Math.round(r[a]! - v)) as unknown as Vec3;
    bonds.push({
      from,
      to,
      cell,
      exchange: [{ parameter: parameter(name), matrix: UNIT3 }],
      lengthAngstrom: Math.hypot(
        vector[0] * lattice.a,
        vector[1] * lattice.b,
        vector[2] * lattice.c,
      ),
      rule: name,
    });
  };
  sites.forEach((site, i) => {
    const up = site.direction[1];
    if (site.label === 'Mn4') {
      for (const x of [0.25, -0.25])
        for (const y of [0.25, -0.25]) {
          const r = [site.position[0] + x, site.position[1] + y, site.position[2]];
          const to = sites.find((s) =>
            s.position.every((v, a) => Math.abs(r[a]! - v - Math.round(r[a]! - v)) < 1e-6),
          )!;
          const equal = to.direction[1] === up;
          if (kind === 'goodenough') link(i, [x, y, 0], equal ? 'J_F1' : 'J_A');
          else if (equal) link(i, [x, y, 0], x > 0 ? 'J_FS' : 'J_FW');
          else link(i, [x, y, 0], site.position[0] === 0 ? 'J_A1' : 'J_A2');
        }
    }
    if (site.position[2] === 0.9) link(i, [0, 0, 0.2], 'J_perp');
    if (kind === 'goodenough') {
      // (+-1/2, 0, 0) between the Mn3 at x = 1/4 and 3/4 of a zig-zag: 8 of 16 bonds
      if (site.label === 'Mn3') link(i, [0.5, 0, 0], 'J_F3');
      if (site.label === 'Mn4' && site.position[0] === 0.5) {
        for (const x of [0.5, -0.5]) link(i, [x, 0.5, 0], 'J_F2');
      }
    }
  });
  return {
    name: `pcsmo-${kind}`,
    label: kind,
    parameters: names.map((name, k) => ({ name, value: values[k]!, unit: 'meV' })),
    lattice,
    chemicalLattice: lattice,
    supercell: [1, 1, 1],
    sites,
    bonds,
    anisotropies: sites.map((_, site) => ({
      site,
      matrix: [{ parameter: parameter('D'), matrix: [0, 0, 0, 0, 0, 0, 0, 0, 1] }],
    })),
    stevens: [],
    field: [],
    twins: [{ name: 'single', rotation: UNIT3, weight: 1 }],
    temperatureKelvin: 0,
    relax: false,
  };
}
