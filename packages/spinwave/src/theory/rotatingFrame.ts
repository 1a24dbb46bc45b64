import {
  matMul,
  matVec,
  rotationAbout,
  transpose,
  type Mat3,
  type Vec3,
} from '../crystal/geometry.js';
import type { SpinModel } from '../model/types.js';
import { SpinWaveError } from '../errors.js';

/**
 * One branch of a single-k structure. With R(phi) = exp(i phi) R1 + exp(-i phi) conj(R1) + R2,
 * R1 = (1 - i [n]x - n n^T)/2, R2 = n n^T, the spins of the laboratory at Q are R1 S'(Q - k),
 * conj(R1) S'(Q + k) and R2 S'(Q) of the rotating frame (Toth and Lake, section 3).
 */
export interface FrameBranch {
  readonly name: string;
  /** The rotating-frame wavevector is Q + shift (r.l.u. of the magnetic cell). */
  readonly shift: Vec3;
  /** Takes amplitudes of the rotating frame to the laboratory. */
  readonly re: Mat3;
  readonly im: Mat3;
}

const UNIT: Mat3 = [1, 0, 0, 0, 1, 0, 0, 0, 1];
const ZERO: Mat3 = [0, 0, 0, 0, 0, 0, 0, 0, 0];

/** The branches of a model: one without a rotating frame, three with k general, two for 2k = 0. */
export function frameBranches(model: SpinModel): FrameBranch[] {
  const frame = model.rotatingFrame;
  const alone: FrameBranch = { name: '0', shift: [0, 0, 0], re: UNIT, im: ZERO };
  if (!frame) return [alone];
  checkInvariance(model);
  const whole = (v: number) => Math.abs(v - Math.round(v)) < 1e-9;
  if (frame.k.every(whole)) return [alone];
  const [x, y, z] = frame.axis;
  const along: Mat3 = [x * x, x * y, x * z, y * x, y * y, y * z, z * x, z * y, z * z];
  const across = UNIT.map((v, i) => v - along[i]!) as unknown as Mat3;
  const minus: Vec3 = [-frame.k[0], -frame.k[1], -frame.k[2]];
  if (frame.k.every((v) => whole(2 * v))) {
    // k and -k are the same wavevector: their amplitudes add before they are squared.
    return [
      { name: '+k', shift: minus, re: across, im: ZERO },
      { name: '0', shift: [0, 0, 0], re: along, im: ZERO },
    ];
  }
  const half = across.map((v) => v / 2) as unknown as Mat3;
  const curl: Mat3 = [0, z / 2, -y / 2, -z / 2, 0, x / 2, y / 2, -x / 2, 0]; // -[n]x / 2
  return [
    { name: '+k', shift: minus, re: half, im: curl },
    { name: '0', shift: [0, 0, 0], re: along, im: ZERO },
    { name: '-k', shift: frame.k, re: half, im: curl.map((v) => -v) as unknown as Mat3 },
  ];
}

/** A rotating frame exists only if the turn from cell to cell leaves every interaction as it is. */
function checkInvariance(model: SpinModel): void {
  const { k, axis } = model.rotatingFrame!;
  const turns = k
    .map((v) => rotationAbout(axis, 2 * Math.PI * v))
    .filter((r) => r.some((v, i) => Math.abs(v - UNIT[i]!) > 1e-12));
  const invariant = (m: Mat3) =>
    turns.every((r) => {
      const turned = matMul(transpose(r), matMul(m, r));
      const size = Math.max(...m.map(Math.abs));
      return turned.every((v, i) => Math.abs(v - m[i]!) <= 1e-8 * size);
    });
  const fail = (where: string): never => {
    throw new SpinWaveError('NOT_ROTATION_INVARIANT', {
      what: 'an interaction changes when the spins turn from cell to cell, so no rotating frame exists',
      where,
      got: `k = (${k.join(', ')}), axis = (${axis.join(', ')})`,
      expected: 'interactions that are invariant under the rotation about the axis',
      next: 'describe the structure with explicit moments in a supercell',
    });
  };
  if (model.dipole && turns.length > 0) fail('dipole-dipole interaction');
  for (const b of model.bonds) {
    if (!b.exchange.every((t) => invariant(t.matrix))) {
      fail(`bond ${b.rule} from site ${b.from} to ${b.to}`);
    }
  }
  for (const a of model.anisotropies) {
    if (!a.matrix.every((t) => invariant(t.matrix))) fail(`anisotropy of site ${a.site}`);
  }
  for (const f of model.field) {
    for (const s of model.sites) {
      const b = matVec(transpose(s.gTensor), f.tesla);
      const size = Math.hypot(...b);
      const same = turns.every((r) =>
        matVec(r, b).every((v, i) => Math.abs(v - b[i]!) <= 1e-8 * size),
      );
      if (!same) fail(`field on site ${s.label}`);
    }
  }
}
