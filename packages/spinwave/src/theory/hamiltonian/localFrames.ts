import { cross, type Vec3 } from '../../crystal/geometry.js';

/**
 * Right-handed local frame of a spin: e3 along <S>, and u = e1 + i e2. With it
 * S = sqrt(S/2) (conj(u) a + u a^dagger) + e3 (S - a^dagger a) to the order needed
 * (Toth and Lake, J. Phys. Condens. Matter 27, 166002).
 */
export interface LocalFrame {
  readonly e1: Vec3;
  readonly e2: Vec3;
  readonly e3: Vec3;
}

/** A frame whose e1, e2 are arbitrary but fixed by the direction alone. */
export function localFrame(direction: Vec3): LocalFrame {
  const n = Math.hypot(...direction);
  const e3: Vec3 = [direction[0] / n, direction[1] / n, direction[2] / n];
  // The Cartesian axis least along e3, made orthogonal to it.
  const size = e3.map(Math.abs);
  const axis = size[0]! <= size[1]! && size[0]! <= size[2]! ? 0 : size[1]! <= size[2]! ? 1 : 2;
  const seed = [0, 0, 0];
  seed[axis] = 1;
  const c = cross(e3, seed as unknown as Vec3);
  const m = Math.hypot(...c);
  const e2: Vec3 = [c[0] / m, c[1] / m, c[2] / m];
  return { e1: cross(e2, e3), e2, e3 };
}

/** The frame turned by `angle` about e3: u -> exp(i angle) u, up to the sense of the angle. */
export function turnFrame(frame: LocalFrame, angle: number): LocalFrame {
  // u' = exp(i angle) u: e1' = cos e1 - sin e2, e2' = sin e1 + cos e2.
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  const { e1, e2, e3 } = frame;
  return {
    e1: [c * e1[0] - s * e2[0], c * e1[1] - s * e2[1], c * e1[2] - s * e2[2]],
    e2: [s * e1[0] + c * e2[0], s * e1[1] + c * e2[1], s * e1[2] + c * e2[2]],
    e3,
  };
}
