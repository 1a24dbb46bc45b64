import { expect } from 'vitest';
import type { Vec3 } from '../../crystal/geometry.js';
import type { SpinModel } from '../../model/types.js';
import { prepare, type PrepareOptions } from '../prepare.js';

/** Both ways to the modes: the plain solver, and the fastest that the model admits. */
export const paths: PrepareOptions[] = [{ path: 'general' }, { path: 'auto' }];

/** Energies of all modes at q (r.l.u.), meV, descending. */
export function energies(model: SpinModel, q: Vec3, options?: PrepareOptions): number[] {
  const prepared = prepare(model, options);
  return [...prepared.modes(Float64Array.from(q), prepared.parameterVector()).energiesMeV];
}

/** The energies at q are these, to so many digits, in both ways. */
export function expectEnergies(model: SpinModel, q: Vec3, wanted: number[], digits: number): void {
  for (const path of paths) {
    const got = energies(model, q, path);
    expect(got.length).toBe(wanted.length);
    wanted.forEach((e, m) => expect(got[m], `mode ${m} at ${q.join()}`).toBeCloseTo(e, digits));
  }
}
