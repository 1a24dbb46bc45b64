/**
 * Generating vector of an embedded rank-1 lattice (Cools, Kuo and Nuyens 2006, "lattice-32001",
 * order-2 weights): good at every power of two up to 2^20 points.
 */
const generator = [
  1, 182667, 469891, 498753, 110745, 446247, 250185, 118627, 245333, 283199, 408519, 391023, 246327,
  126539, 399185, 461527, 300343, 69681, 516695, 436179,
];

/** Coordinates that `latticePoint` can give. */
export const latticeDimensions = generator.length;

function reversed(i: number): number {
  let x = i >>> 0;
  x = ((x >>> 1) & 0x55555555) | ((x & 0x55555555) << 1);
  x = ((x >>> 2) & 0x33333333) | ((x & 0x33333333) << 2);
  x = ((x >>> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4);
  x = ((x >>> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8);
  return ((x >>> 16) | (x << 16)) >>> 0;
}

/** 32-bit finaliser (murmur3); spreads a seed over the shifts. */
function scramble(x: number): number {
  let z = x >>> 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}

/** Shifts of the lattice for a seed, `[dimensions]`, in [0, 1). */
export function latticeShifts(seed: number, dimensions: number): Float64Array {
  return Float64Array.from({ length: dimensions }, (_, d) => {
    const high = scramble(scramble(seed) ^ Math.imul(d + 1, 0x9e3779b9));
    const low = scramble(high ^ Math.imul(d + 1, 0x7f4a7c15) ^ Math.floor(seed / 2 ** 32));
    return (high + low / 4294967296) / 4294967296;
  });
}

/**
 * Point n of the shifted lattice sequence: frac(z_d * v(n) + shift_d), v the radical inverse in
 * base 2. Any 2^m first points are a good lattice; a random shift makes its mean unbiased.
 * @param shifts `[dimensions]`, of `latticeShifts`
 * @param out `[dimensions]`, filled with the point, in [0, 1)
 */
export function latticePoint(n: number, shifts: Float64Array, out: Float64Array): void {
  const v = reversed(n) / 4294967296;
  for (let d = 0; d < out.length; d++) {
    const x = generator[d]! * v + shifts[d]!;
    out[d] = x - Math.floor(x);
  }
}
