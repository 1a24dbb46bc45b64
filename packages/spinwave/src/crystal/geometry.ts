/** A 3-vector. Cartesian unless a name says otherwise (fractional, rlu). */
export type Vec3 = readonly [number, number, number];

/** A 3 x 3 matrix, row-major, nine numbers. */
export type Mat3 = readonly [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];
