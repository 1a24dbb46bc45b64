import type { Mat3, Vec3 } from '../../crystal/geometry.js';
import {
  cross,
  dot,
  matMul,
  matVec,
  normalize,
  rotationAbout,
  scale,
  transpose,
} from '../../crystal/geometry.js';
import type { Bond, LinearMatrixTerm, Site, SpinModel } from '../../model/types.js';
import { seeded } from '../../linalg/random.fixture.js';
import { latticeFrom, makeModel, UNIT3 } from './models.fixture.js';
import { prepare } from '../prepare.js';
import { BOHR_MAGNETON_MEV_PER_T } from '../units.js';

export type Kind =
  /** Anything: full matrices, non-collinear. */
  | 'general'
  /** Spins along +-z, XYZ exchange: a real form. */
  | 'collinear'
  /** Spins in a plane, Heisenberg exchange: a real form too. */
  | 'coplanar';

/**
 * A random model whose state is a stable minimum: each site gets a field of its own (by its g tensor)
 * that cancels the torque and holds the spin, stronger than what the bonds do.
 */
export function randomModel(seed: number, kind: Kind, nSites?: number): SpinModel {
  const r = seeded(seed);
  const n = nSites ?? 1 + Math.floor(((r() + 1) / 2) * 4);
  const vec = (): Vec3 => [r(), r(), r()];
  const lattice = latticeFrom([4 + r(), 0, 0, r(), 4 + r(), 0, r(), r(), 4 + r()]);
  const direction = (): Vec3 => {
    if (kind === 'collinear') return [0, 0, r() > 0 ? 1 : -1];
    if (kind === 'coplanar') {
      const a = Math.PI * r();
      return normalize([Math.cos(a), 0.6 * Math.sin(a), 0.8 * Math.sin(a)]);
    }
    return normalize(vec());
  };
  const sites: Site[] = Array.from({ length: n }, (_, j) => ({
    label: `M${j}`,
    position: [(j + 0.4 * (r() + 1)) / n, 0.5 + 0.4 * r(), 0.5 + 0.4 * r()],
    spin: 0.5 + Math.floor((r() + 1) * 2) / 2,
    direction: direction(),
    gTensor: UNIT3,
    ...(j % 2 === 0 ? { ion: 'Mn3' } : {}),
  }));
  const nParameters = 3;
  const matrix = (): Mat3 => {
    if (kind === 'collinear') return [r(), 0, 0, 0, r(), 0, 0, 0, r()];
    if (kind === 'coplanar') {
      const j = r();
      return [j, 0, 0, 0, j, 0, 0, 0, j];
    }
    return Array.from({ length: 9 }, r) as unknown as Mat3;
  };
  const terms = (): LinearMatrixTerm[] => [
    { parameter: Math.floor(((r() + 1) / 2) * nParameters), matrix: matrix() },
    ...(r() > 0.5 ? [{ parameter: -1, matrix: matrix() }] : []),
  ];
  const bonds: Bond[] = [];
  const integer = () => Math.round(1.4 * r());
  for (let b = 0; b < 2 * n + 1; b++) {
    const from = Math.floor(((r() + 1) / 2) * n);
    const to = Math.floor(((r() + 1) / 2) * n);
    const cell: Vec3 = [integer(), integer(), integer()];
    if (from === to && cell.every((v) => v === 0)) continue;
    bonds.push({
      from,
      to,
      cell,
      exchange: terms(),
      lengthAngstrom: 1,
      rule: 'random',
      ...(r() > 0.4 ? { biquadratic: [{ parameter: 1, factor: 0.2 * r() }] } : {}),
    });
  }
  const diagonal = (): Mat3 => [r(), 0, 0, 0, r(), 0, 0, 0, r()];
  const symmetric = (): Mat3 => {
    const m = Array.from({ length: 9 }, r) as unknown as Mat3;
    return m.map((v, i) => v + transpose(m)[i]!) as unknown as Mat3;
  };
  const anisotropies =
    kind === 'coplanar'
      ? []
      : sites
          .map((_, site) => ({
            site,
            matrix: [{ parameter: 2, matrix: kind === 'collinear' ? diagonal() : symmetric() }],
          }))
          .filter(() => r() > 0);
  const stevens =
    kind === 'general' && r() > 0
      ? [{ site: 0, k: 4, q: Math.round(4 * r()), strength: [{ parameter: 0, factor: 0.002 }] }]
      : [];
  return hold(
    makeModel({
      lattice,
      sites,
      bonds,
      anisotropies,
      stevens,
      parameters: Array.from({ length: nParameters }, (_, k) => ({
        name: `p${k}`,
        value: 0.5 + 0.4 * r(),
        unit: 'meV',
      })),
    }),
  );
}

/** Adds the fields that make the state stationary and stable. */
export function hold(model: SpinModel): SpinModel {
  const prepared = prepare(model, { path: 'general' });
  const { gradient } = prepared.internals.expansion;
  const p = [...prepared.parameterVector(), 1];
  const n = model.sites.length;
  const B: Vec3 = [0.3, -0.5, 0.7];
  const strength = 40 + n;
  return {
    ...model,
    field: [{ parameter: -1, tesla: B }],
    sites: model.sites.map((s, i) => {
      const g: Vec3 = [0, 1, 2].map((a) =>
        p.reduce((t, v, k) => t + v * gradient[(k * n + i) * 3 + a]!, 0),
      ) as unknown as Vec3;
      const along = dot(g, s.direction);
      // wanted gradient of the field term: -(g across) - strength e3 ; g^T B mu_B = h
      const h = [0, 1, 2].map(
        (a) => -(g[a]! - along * s.direction[a]!) - strength * s.direction[a]!,
      );
      const f = 1 / (dot(B, B) * BOHR_MAGNETON_MEV_PER_T);
      const gTensor = [0, 1, 2].flatMap((a) => h.map((v) => f * B[a]! * v)) as unknown as Mat3;
      return { ...s, gTensor };
    }),
  };
}

/** The same crystal in a cell of n[0] x n[1] x n[2] cells (turned spins in a rotating frame). */
export function enlarge(model: SpinModel, n: Vec3): SpinModel {
  const cells: Vec3[] = [];
  for (let x = 0; x < n[0]; x++)
    for (let y = 0; y < n[1]; y++) for (let z = 0; z < n[2]; z++) cells.push([x, y, z]);
  const count = model.sites.length;
  const index = (site: number, c: readonly number[]) =>
    ((c[0]! * n[1] + c[1]!) * n[2] + c[2]!) * count + site;
  const frame = model.rotatingFrame;
  const { rotatingFrame: _dropped, ...rest } = model;
  return {
    ...rest,
    lattice: latticeFrom(
      model.lattice.vectors.map((v, k) => v * n[Math.floor(k / 3)]!) as unknown as Mat3,
    ),
    supercell: model.supercell.map((v, a) => v * n[a]!) as unknown as Vec3,
    sites: cells.flatMap((c) =>
      model.sites.map((s) => ({
        ...s,
        position: s.position.map((v, a) => (v + c[a]!) / n[a]!) as unknown as Vec3,
        direction: frame
          ? matVec(rotationAbout(frame.axis, 2 * Math.PI * dot(frame.k, c)), s.direction)
          : s.direction,
      })),
    ),
    bonds: cells.flatMap((c) =>
      model.bonds.map((b) => {
        const target = b.cell.map((v, a) => v + c[a]!);
        const wrapped = target.map((v, a) => ((v % n[a]!) + n[a]!) % n[a]!);
        return {
          ...b,
          from: index(b.from, c),
          to: index(b.to, wrapped),
          cell: target.map((v, a) => Math.floor(v / n[a]!)) as unknown as Vec3,
        };
      }),
    ),
    anisotropies: cells.flatMap((c) =>
      model.anisotropies.map((a) => ({ ...a, site: index(a.site, c) })),
    ),
    stevens: cells.flatMap((c) => model.stevens.map((a) => ({ ...a, site: index(a.site, c) }))),
  };
}

/** Spins, tensors and fields turned by R; the lattice stays. */
export function turnSpins(model: SpinModel, R: Mat3): SpinModel {
  const t = (m: Mat3) => matMul(R, matMul(m, transpose(R)));
  return {
    ...model,
    sites: model.sites.map((s) => ({
      ...s,
      direction: matVec(R, s.direction),
      gTensor: t(s.gTensor),
    })),
    bonds: model.bonds.map((b) => ({
      ...b,
      exchange: b.exchange.map((x) => ({ ...x, matrix: t(x.matrix) })),
    })),
    anisotropies: model.anisotropies.map((a) => ({
      ...a,
      matrix: a.matrix.map((x) => ({ ...x, matrix: t(x.matrix) })),
    })),
    field: model.field.map((f) => ({ ...f, tesla: matVec(R, f.tesla) })),
  };
}

/** Every bond written from its other end. */
export function reverseBonds(model: SpinModel): SpinModel {
  return {
    ...model,
    bonds: model.bonds.map((b) => ({
      ...b,
      from: b.to,
      to: b.from,
      cell: scale(b.cell, -1),
      exchange: b.exchange.map((x) => ({ ...x, matrix: transpose(x.matrix) })),
    })),
  };
}

/**
 * A random planar spiral that is stable by construction: every bond is at its minimum,
 * M = -w (cos a (1 - n n^T) - sin a [n]x) - x n n^T with a the angle from spin i to spin j and
 * |x| < w: exchange, DM along the axis and XXZ about it. k in multiples of 1/n.
 */
export function randomSpiral(seed: number, n: Vec3): SpinModel {
  const r = seeded(seed);
  const axis = normalize([r(), r(), r()]);
  const e1 = normalize(cross(axis, [0.3, 0.5, -0.8]));
  const e2 = cross(axis, e1);
  const count = 1 + Math.floor(((r() + 1) / 2) * 2);
  const k = n.map((m) => (m === 1 ? 0 : Math.round(((r() + 1) / 2) * (m - 2) + 1) / m));
  const aa = axis.flatMap((x) => axis.map((y) => x * y));
  const curl: Mat3 = [0, -axis[2], axis[1], axis[2], 0, -axis[0], -axis[1], axis[0], 0];
  const angles = Array.from({ length: count }, () => Math.PI * r());
  const sites: Site[] = angles.map((a, j) => ({
    label: `M${j}`,
    position: [0.1 + 0.3 * j, 0.2 * j, 0.05 + 0.4 * j],
    spin: 1 + j / 2,
    direction: [0, 1, 2].map((x) => Math.cos(a) * e1[x]! + Math.sin(a) * e2[x]!) as unknown as Vec3,
    gTensor: UNIT3,
  }));
  const bonds: Bond[] = [];
  const add = (from: number, to: number, cell: Vec3) => {
    const a = angles[to]! - angles[from]! + 2 * Math.PI * dot(k as unknown as Vec3, cell);
    const w = 1.5 + r();
    const x = 0.8 * w * r();
    const matrix = UNIT3.map(
      (v, i) => -w * (Math.cos(a) * (v - aa[i]!) - Math.sin(a) * curl[i]!) - x * aa[i]!,
    ) as unknown as Mat3;
    bonds.push({
      from,
      to,
      cell,
      exchange: [{ parameter: -1, matrix }],
      lengthAngstrom: 1,
      rule: 'random',
    });
  };
  for (let j = 0; j < count; j++) {
    add(j, j, [1, 0, 0]);
    add(j, j, [0, 1, 1]);
    add(j, (j + 1) % count, [1, -1, Math.round(r())]);
    if (j > 0) add(0, j, [0, 0, 0]);
  }
  return makeModel({
    lattice: latticeFrom([4, 0, 0, 0.5, 4.2, 0, 0.3, -0.2, 5]),
    sites,
    bonds,
    rotatingFrame: { k: k as unknown as Vec3, axis },
  });
}

/** Whether bonds connect all sites (a part with no bonds to the rest has a translation of its own). */
export function isConnected(model: SpinModel): boolean {
  const seen = new Set([0]);
  for (let grew = true; grew;) {
    grew = false;
    for (const b of model.bonds) {
      if (seen.has(b.from) === seen.has(b.to)) continue;
      seen.add(b.from).add(b.to);
      grew = true;
    }
  }
  return seen.size === model.sites.length;
}
