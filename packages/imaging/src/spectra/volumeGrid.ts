import type { SpinModel } from '@spectraloom/spinwave';
import { determinant, times, transposed, type Vector } from '../geometry/linear.js';
import type { ImageFrame } from '../geometry/frame.js';
import type { AxisBins } from '../spec/layout.js';
import type { TwinTransform } from './planeGrid.js';

/**
 * A grid over the whole magnetic zone: points ((I + u)/n1, (J + v)/n2, (K + w)/n3) in magnetic
 * r.l.u., in the order of the lattice's axes. `line` is the axis most along the beam: the others
 * span the image, and crossings with the kinematics are looked for along it.
 */
export interface VolumeGrid {
  readonly counts: readonly [number, number, number];
  readonly offset: readonly [number, number, number];
  readonly line: number;
  /** The two other axes. */
  readonly across: readonly [number, number];
  /** [n1 * n2 * n3, 3], r.l.u. of the chemical lattice. */
  readonly q: Float64Array;
}

/** Image (h, k, t) of one grid step along each axis for a twin. */
export function gridSteps(
  model: SpinModel,
  frame: ImageFrame,
  twin: TwinTransform,
  counts: readonly [number, number, number],
): [Vector, Vector, Vector] {
  const r = model.lattice.reciprocal;
  return [0, 1, 2].map((axis) => {
    const star: Vector = [r[3 * axis]!, r[3 * axis + 1]!, r[3 * axis + 2]!];
    const image = times(frame.fromCartesian, times(transposed(twin.rotation), star));
    return image.map((v) => v / counts[axis]!) as unknown as Vector;
  }) as [Vector, Vector, Vector];
}

/**
 * @param stepAlongBeam largest step of t, Å^-1.
 */
export function volumeGrid(
  model: SpinModel,
  frame: ImageFrame,
  twins: readonly TwinTransform[],
  bins: { h: AxisBins; k: AxisBins },
  pointsPerPixel: number,
  stepAlongBeam: number,
  offset: readonly [number, number, number] = [0.5, 0.5, 0.5],
): VolumeGrid {
  const counts: [number, number, number] = [1, 1, 1];
  const along = [0, 0, 0];
  for (const twin of twins) {
    gridSteps(model, frame, twin, [1, 1, 1]).forEach(([h, k, t], axis) => {
      const need = Math.max(
        (pointsPerPixel * Math.abs(h)) / bins.h.width,
        (pointsPerPixel * Math.abs(k)) / bins.k.width,
        Math.abs(t) / stepAlongBeam,
      );
      counts[axis] = Math.max(counts[axis]!, Math.ceil(need - 1e-9));
      along[axis] = along[axis]! + Math.abs(t);
    });
  }
  const line = along.indexOf(Math.max(...along));
  const across = [0, 1, 2].filter((a) => a !== line) as [number, number];
  const q = new Float64Array(3 * counts[0] * counts[1] * counts[2]);
  let at = 0;
  for (let i = 0; i < counts[0]; i++) {
    for (let j = 0; j < counts[1]; j++) {
      for (let k = 0; k < counts[2]; k++) {
        [i, j, k].forEach((index, axis) => {
          q[at++] = (index + offset[axis]!) / counts[axis]! / model.supercell[axis]!;
        });
      }
    }
  }
  return { counts, offset, line, across, q };
}

/** Volume of a grid cell in (h, k, t). */
export function cellVolume(steps: readonly [Vector, Vector, Vector]): number {
  return Math.abs(determinant([...steps[0], ...steps[1], ...steps[2]]));
}
