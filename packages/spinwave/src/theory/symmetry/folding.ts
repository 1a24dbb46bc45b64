/** Fractions of a reciprocal cell that count as the same wavevector: 1 / RESOLUTION. */
const RESOLUTION = 1e11;

/**
 * A list of wavevectors folded onto the magnetic zone: `unique[k]` is the place in `first` of
 * the wavevector equivalent to the k-th, `first[u]` the index at which it appeared first;
 * `mirrored[k]` says that it is equivalent to minus that one.
 */
export interface Folding {
  readonly nUnique: number;
  readonly unique: Int32Array;
  readonly first: Int32Array;
  readonly mirrored: Uint8Array;
}

/**
 * Folds q ([n, 3], r.l.u. of the magnetic cell): wavevectors that differ by a reciprocal lattice
 * vector are one; with `mirror` also q and -q. Open addressing on integers, no strings.
 */
export function fold(q: Float64Array, mirror: boolean): Folding {
  const n = q.length / 3;
  let size = 16;
  while (size < 2 * n) size *= 2;
  const slots = new Int32Array(size).fill(-1);
  const keys = new Float64Array(3 * n);
  const unique = new Int32Array(n);
  const first = new Int32Array(n);
  const mirrored = new Uint8Array(n);
  let nUnique = 0;
  for (let k = 0; k < n; k++) {
    let x = key(q[3 * k]!);
    let y = key(q[3 * k + 1]!);
    let z = key(q[3 * k + 2]!);
    if (mirror && isUpper(x, y, z)) {
      x = x === 0 ? 0 : RESOLUTION - x;
      y = y === 0 ? 0 : RESOLUTION - y;
      z = z === 0 ? 0 : RESOLUTION - z;
      mirrored[k] = 1;
    }
    let h =
      Math.imul(x | 0, 0x9e3779b1) ^
      Math.imul((y | 0) ^ (y / 4294967296), 0x85ebca77) ^
      Math.imul((z | 0) ^ (x / 4294967296), 0xc2b2ae3d);
    h ^= h >>> 15;
    h = Math.imul(h, 0x2c1b3c6d);
    h ^= h >>> 13;
    let slot = h & (size - 1);
    for (;;) {
      const u = slots[slot]!;
      if (u < 0) {
        slots[slot] = nUnique;
        first[nUnique] = k;
        keys[3 * nUnique] = x;
        keys[3 * nUnique + 1] = y;
        keys[3 * nUnique + 2] = z;
        unique[k] = nUnique++;
        break;
      }
      if (keys[3 * u] === x && keys[3 * u + 1] === y && keys[3 * u + 2] === z) {
        unique[k] = u;
        break;
      }
      slot = (slot + 1) & (size - 1);
    }
  }
  // `mirrored` so far is relative to the canonical half; make it relative to the first occurrence.
  for (let k = n - 1; k >= 0; k--) {
    mirrored[k] = mirrored[k]! ^ mirrored[first[unique[k]!]!]!;
  }
  return { nUnique, unique, first: first.slice(0, nUnique), mirrored };
}

function key(v: number): number {
  const r = Math.round((v - Math.floor(v)) * RESOLUTION);
  return r === RESOLUTION ? 0 : r;
}

/** Whether -q is the canonical one of the pair. */
function isUpper(x: number, y: number, z: number): boolean {
  const half = RESOLUTION / 2;
  if (x !== 0 && x !== half) return x > half;
  if (y !== 0 && y !== half) return y > half;
  return z > half;
}
