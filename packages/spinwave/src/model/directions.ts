import type { Mat3, Vec3 } from '../crystal/geometry.js';
import {
  add,
  determinant,
  dot,
  inverse,
  matVec,
  norm,
  normalize,
  scale,
} from '../crystal/geometry.js';
import { toVec3 } from './numbers.js';
import type { Problems } from './problems.js';
import type { ModelFile, RealVec3 } from './schema.js';
import type { FilePath } from './source.js';
import type { Lattice } from './types.js';

/** Unit vectors (Cartesian) of the axes in which the file gives vectors. */
export function frameAxes(
  frame: ModelFile['frame'],
  lattice: Lattice,
): readonly [Vec3, Vec3, Vec3] {
  if (frame !== 'lattice')
    return [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ];
  const v = lattice.vectors;
  return [
    normalize([v[0], v[1], v[2]]),
    normalize([v[3], v[4], v[5]]),
    normalize([v[6], v[7], v[8]]),
  ];
}

/** A vector of the file in Cartesian axes. */
export function toCartesian(v: RealVec3, frame: ModelFile['frame'], lattice: Lattice): Vec3 {
  const axes = frameAxes(frame, lattice);
  const [x, y, z] = toVec3(v);
  return add(add(scale(axes[0], x), scale(axes[1], y)), scale(axes[2], z));
}

/** A unit vector of the file; undefined, with the problem recorded, when its length is zero. */
export function toUnit(
  v: RealVec3,
  frame: ModelFile['frame'],
  lattice: Lattice,
  path: FilePath,
  problems: Problems,
): Vec3 | undefined {
  const cartesian = toCartesian(v, frame, lattice);
  const unit = normalize(cartesian);
  if (Number.isFinite(norm(unit)) && norm(unit) > 0.5) return unit;
  problems.error('ZERO_VECTOR', path, {
    what: 'a direction has no length',
    got: `[${v.join(', ')}]`,
    expected: 'three numbers, not all zero',
  });
  return undefined;
}

/**
 * The spin direction of a site from `direction`, from `moment` (Bohr magnetons; m = g S along the
 * spin), or from both, which must then agree to one degree. A moment longer than |g S| by more than
 * 2 % belongs to another spin.
 */
export function readDirection(
  spec: ModelFile['sites'][number],
  spin: number,
  gTensor: Mat3,
  frame: ModelFile['frame'],
  lattice: Lattice,
  path: FilePath,
  problems: Problems,
): Vec3 | undefined {
  const given =
    spec.direction && toUnit(spec.direction, frame, lattice, [...path, 'direction'], problems);
  if (Math.abs(determinant(gTensor)) < 1e-9) {
    problems.error('G_TENSOR', [...path, 'g'], {
      what: `the g tensor of site '${spec.label}' is singular`,
      expected: 'a g tensor with an inverse',
    });
    return given;
  }
  if (!spec.moment) return given;
  const momentPath = [...path, 'moment'];
  const moment = toCartesian(spec.moment, frame, lattice);
  const alongMoment = matVec(inverse(gTensor), moment);
  const length = norm(alongMoment);
  if (!(length > 0)) {
    problems.error('ZERO_VECTOR', momentPath, {
      what: `the moment of site '${spec.label}' is zero`,
      expected: 'a moment along the spin',
    });
    return given;
  }
  const unit = scale(alongMoment, 1 / length);
  if (spin > 0 && length > 1.02 * spin)
    problems.error('MOMENT_SPIN', momentPath, {
      what: `the moment of site '${spec.label}' is longer than its spin allows`,
      got: `${round(norm(moment))} Bohr magnetons, a spin of ${round(length)}`,
      expected: `at most g S for S = ${round(spin)}`,
      next: 'correct the moment, the spin or g',
    });
  if (given && dot(given, unit) < Math.cos(Math.PI / 180)) {
    const angle = (Math.acos(Math.max(-1, dot(given, unit))) * 180) / Math.PI;
    problems.error('MOMENT_SPIN', momentPath, {
      what: `the moment of site '${spec.label}' is not along its declared spin`,
      got: `an angle of ${round(angle)} degrees`,
      expected: 'moment parallel to `direction`',
      next: 'give one of the two',
    });
  }
  return given ?? unit;
}

function round(x: number): number {
  return Number(x.toPrecision(5));
}

/** Degrees to radians. */
export function degreesToRadians(angle: number): number {
  return (angle * Math.PI) / 180;
}
