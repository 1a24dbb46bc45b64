import { molecularBasis, type BasisSet } from '../basis/basis.js';
import { makeOneElectron, OneElectronIntegrals } from '../integrals/oneElectron.js';
import { Repulsion } from '../integrals/repulsion.js';
import { ShellPairs } from '../integrals/shellPairs.js';
import { symmetricEigen } from '../linalg/symmetricEigen.js';
import { multiply } from '../linalg/matrix.js';
import { closedShellSupermatrix, densityVector, packedTimesVector, unpack } from './supermatrix.js';

/**
 * A start for the self-consistent field: the sum of the densities of the free atoms, each spherical
 * (its open p shell filled evenly), block by block.
 * @returns `[size, size]`, row-major
 */
export function atomicDensities(atomicNumbers: Int32Array, basis: string | BasisSet): Float64Array {
  const blocks = new Map<number, { n: number; density: Float64Array }>();
  let size = 0;
  for (const z of atomicNumbers) {
    if (!blocks.has(z)) blocks.set(z, atom(z, basis));
    size += blocks.get(z)!.n;
  }
  const out = new Float64Array(size * size);
  let at = 0;
  for (const z of atomicNumbers) {
    const { n, density } = blocks.get(z)!;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) out[(at + i) * size + at + j] = density[i * n + j]!;
    }
    at += n;
  }
  return out;
}

/** Electrons in each orbital of a spherical atom: two in 1s and 2s, the rest spread over three 2p. */
function occupations(z: number, n: number): number[] {
  const out: number[] = [];
  let left = z;
  for (const degeneracy of [1, 1, 3, 1, 3]) {
    const each = Math.min(2, left / degeneracy);
    for (let k = 0; k < degeneracy && out.length < n; k++) out.push(each);
    left -= each * degeneracy;
  }
  return out;
}

function atom(z: number, basis: string | BasisSet): { n: number; density: Float64Array } {
  const molecular = molecularBasis([z], basis);
  const n = molecular.size;
  const pairs = new ShellPairs(molecular);
  const origin = new Float64Array(3);
  pairs.update(origin);
  const one = makeOneElectron(n);
  new OneElectronIntegrals(pairs).compute(origin, [z], one);
  const count = one.overlap.length;
  const eri = new Float64Array((count * (count + 1)) / 2);
  new Repulsion(pairs).compute(eri);
  const supermatrix = new Float64Array(eri.length);
  closedShellSupermatrix(eri, n, supermatrix);

  const s = new Float64Array(n * n);
  unpack(one.overlap, n, s);
  const sValues = new Float64Array(n);
  symmetricEigen(s, sValues, n);
  const x = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) x[i * n + k] = s[i * n + k]! / Math.sqrt(sValues[k]!);
  }
  const electrons = occupations(z, n);
  const d = new Float64Array(count);
  const two = new Float64Array(count);
  const f = new Float64Array(n * n);
  const half = new Float64Array(n * n);
  const c = new Float64Array(n * n);
  const values = new Float64Array(n);
  let density = new Float64Array(n * n);
  for (let iteration = 0; iteration < 60; iteration++) {
    densityVector(density, n, d);
    packedTimesVector(supermatrix, d, two, count);
    for (let i = 0; i < count; i++) two[i] = two[i]! + one.kinetic[i]! + one.attraction[i]!;
    unpack(two, n, f);
    multiply(f, x, half, n, n, n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let k = 0; k < n; k++) sum += x[k * n + i]! * half[k * n + j]!;
        f[i * n + j] = sum;
      }
    }
    symmetricEigen(f, values, n);
    multiply(x, f, c, n, n, n);
    const next = new Float64Array(n * n);
    let change = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        electrons.forEach((e, k) => (sum += e * c[i * n + k]! * c[j * n + k]!));
        // Half of the old density: without it the field of an open shell swings.
        next[i * n + j] = iteration === 0 ? sum : 0.5 * (sum + density[i * n + j]!);
        change = Math.max(change, Math.abs(next[i * n + j]! - density[i * n + j]!));
      }
    }
    density = next;
    if (change < 1e-6) break;
  }
  return { n, density };
}
