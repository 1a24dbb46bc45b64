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

/** The 3 x 3 unit matrix. */
export const IDENTITY: Mat3 = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** a + b. */
export function add(a: Vec3, b: Vec3): Vec3 {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

/** a - b. */
export function subtract(a: Vec3, b: Vec3): Vec3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

/** s a. */
export function scale(a: Vec3, s: number): Vec3 {
  return [a[0] * s, a[1] * s, a[2] * s];
}

/** a . b. */
export function dot(a: Vec3, b: Vec3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** a x b. */
export function cross(a: Vec3, b: Vec3): Vec3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** |a|. */
export function norm(a: Vec3): number {
  return Math.hypot(a[0], a[1], a[2]);
}

/** a / |a|; a zero vector stays zero. */
export function normalize(a: Vec3): Vec3 {
  const n = norm(a);
  return n === 0 ? a : scale(a, 1 / n);
}

/** M v (column vector). */
export function matVec(m: Mat3, v: Vec3): Vec3 {
  return [
    m[0] * v[0] + m[1] * v[1] + m[2] * v[2],
    m[3] * v[0] + m[4] * v[1] + m[5] * v[2],
    m[6] * v[0] + m[7] * v[1] + m[8] * v[2],
  ];
}

/** v^T M (row vector): what takes fractional coordinates to Å, with rows a, b, c. */
export function vecMat(v: Vec3, m: Mat3): Vec3 {
  return [
    v[0] * m[0] + v[1] * m[3] + v[2] * m[6],
    v[0] * m[1] + v[1] * m[4] + v[2] * m[7],
    v[0] * m[2] + v[1] * m[5] + v[2] * m[8],
  ];
}

/** A B. */
export function matMul(a: Mat3, b: Mat3): Mat3 {
  const r = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < 3; i++)
    for (let j = 0; j < 3; j++)
      r[3 * i + j] = a[3 * i]! * b[j]! + a[3 * i + 1]! * b[3 + j]! + a[3 * i + 2]! * b[6 + j]!;
  return r as unknown as Mat3;
}

/** M^T. */
export function transpose(m: Mat3): Mat3 {
  return [m[0], m[3], m[6], m[1], m[4], m[7], m[2], m[5], m[8]];
}

/** det M. */
export function determinant(m: Mat3): number {
  return dot([m[0], m[1], m[2]], cross([m[3], m[4], m[5]], [m[6], m[7], m[8]]));
}

/** M^-1; entries are not finite when M is singular (check `determinant` first). */
export function inverse(m: Mat3): Mat3 {
  const d = determinant(m);
  const r0: Vec3 = [m[0], m[1], m[2]];
  const r1: Vec3 = [m[3], m[4], m[5]];
  const r2: Vec3 = [m[6], m[7], m[8]];
  const c0 = scale(cross(r1, r2), 1 / d);
  const c1 = scale(cross(r2, r0), 1 / d);
  const c2 = scale(cross(r0, r1), 1 / d);
  return [c0[0], c1[0], c2[0], c0[1], c1[1], c2[1], c0[2], c1[2], c2[2]];
}

/** s M. */
export function matScale(m: Mat3, s: number): Mat3 {
  return m.map((x) => x * s) as unknown as Mat3;
}

/** A + B. */
export function matAdd(a: Mat3, b: Mat3): Mat3 {
  return a.map((x, i) => x + b[i]!) as unknown as Mat3;
}

/** Largest |A - B| over the entries. */
export function matDistance(a: Mat3, b: Mat3): number {
  return Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));
}

/** Rotation by `angle` (radians, right-handed) about the Cartesian `axis`. */
export function rotationAbout(axis: Vec3, angle: number): Mat3 {
  const [x, y, z] = normalize(axis);
  const c = exactCos(angle);
  const s = exactSin(angle);
  const t = 1 - c;
  return [
    t * x * x + c,
    t * x * y - s * z,
    t * x * z + s * y,
    t * x * y + s * z,
    t * y * y + c,
    t * y * z - s * x,
    t * x * z - s * y,
    t * y * z + s * x,
    t * z * z + c,
  ];
}

/** R^T R = 1 to `tolerance`: proper or improper rotation. */
export function isOrthogonal(m: Mat3, tolerance = 1e-6): boolean {
  return matDistance(matMul(transpose(m), m), IDENTITY) <= tolerance;
}

/** v^T M w. */
export function bilinear(v: Vec3, m: Mat3, w: Vec3): number {
  return dot(v, matVec(m, w));
}

/** x reduced to [0, 1); within 1e-9 of 1 it becomes 0, so that 1 - 1e-17 is the origin. */
export function wrapUnit(x: number): number {
  const r = x - Math.floor(x);
  return r > 1 - 1e-9 || r < 1e-9 ? 0 : r;
}

/** cos with the exact values at multiples of 30 degrees that halves and zeros have. */
export function exactCos(angle: number): number {
  return exactTrig(Math.cos(angle));
}

/** sin, as `exactCos`. */
export function exactSin(angle: number): number {
  return exactTrig(Math.sin(angle));
}

function exactTrig(value: number): number {
  for (const exact of [0, 0.5, -0.5, 1, -1]) if (Math.abs(value - exact) < 4e-16) return exact;
  return value;
}
