/** A task that makes core spectra of water molecules by Hartree-Fock. Loaded by workers. */
import type { ParameterValues, PlanRow } from '@spectraloom/sampling';
import {
  broaden,
  createWaterSimulator,
  linearGrid,
  type WaterGeometry,
  type WaterSimulator,
} from '@spectraloom/xray';
import { z } from 'zod';
import { FarmError } from '../errors.js';
import { checkJob, taskUrl, versions } from './module.js';
import type { FarmTask } from './port.js';

const finite = z.number();
/** One spectrum of a row: which lines, in which basis, how broad, on which grid. */
export const waterTargetSchema = z.strictObject({
  /** Emission of the valence orbitals into the oxygen 1s hole, or absorption from it (core CIS). */
  spectrum: z.enum(['emission', 'absorption']),
  /** A basis of packages/xray: STO-3G, 6-31G, 6-31++G. */
  basis: z.string(),
  /** Full widths at half maximum of the Gaussian and Lorentzian parts, eV. */
  fwhmEv: z.number().positive(),
  lorentzianFwhmEv: z.number().min(0).default(0),
  /** Added to every energy: one constant for relaxation, eV. */
  shiftEv: finite.default(0),
  gridEv: z
    .strictObject({ from: finite, to: finite, points: z.number().int().min(2).max(100_000) })
    .refine((g) => g.to > g.from, 'from must be below to'),
});
const jobSchema = z.strictObject({
  targets: z.array(waterTargetSchema).min(1).max(16),
});

/** What the workers compute; plain JSON. */
export type WaterJob = z.input<typeof jobSchema>;

/** The parameters of a row: the molecule's internal coordinates. */
export const waterParameters = ['angleDeg', 'longAngstrom', 'shortAngstrom'] as const;

/** URL of this task for `GenerateOptions.taskModule`; workers load the compiled file. */
export const waterTask = taskUrl(import.meta.url);

/**
 * A row is the spectra of one molecule, one target behind the other: `[points of all targets]`.
 * A draw whose self-consistent field does not converge, or whose geometry cannot be, is not accepted.
 * @throws FarmError TASK_INVALID; XrayError BASIS_MISSING
 */
export function createTask(job: unknown): FarmTask {
  const { targets } = checkJob(jobSchema, job, 'targets: spectrum, basis, fwhmEv, gridEv of each');
  const simulators = new Map<string, WaterSimulator>();
  for (const { basis } of targets) {
    if (!simulators.has(basis)) simulators.set(basis, createWaterSimulator({ basis }));
  }
  const grids = targets.map(({ gridEv }) => linearGrid(gridEv.from, gridEv.to, gridEv.points));
  const row = new Float32Array(grids.reduce((n, grid) => n + grid.length, 0));
  const costs = { hartreeFockSeconds: 0 };
  const linesOf = (parameters: ParameterValues) => {
    const since = performance.now();
    const geometry = geometryOf(parameters);
    const spectra = new Map(Array.from(simulators, ([basis, s]) => [basis, s.simulate(geometry)]));
    costs.hartreeFockSeconds += (performance.now() - since) / 1000;
    return targets.map(({ basis, spectrum }) => spectra.get(basis)![spectrum]);
  };
  return {
    shape: [row.length],
    axes: ['point'],
    provenance: { task: 'water', ...versions('xray') },
    costs: () => costs,
    simulate({ parameters }: PlanRow) {
      let at = 0;
      linesOf(parameters).forEach((lines, t) => {
        const { fwhmEv, lorentzianFwhmEv, shiftEv } = targets[t]!;
        const energiesEv = lines.energiesEv.map((e) => e + shiftEv);
        const shifted = { energiesEv, strengths: lines.strengths };
        row.set(broaden(shifted, grids[t]!, { fwhmEv, lorentzianFwhmEv }), at);
        at += grids[t]!.length;
      });
      return row;
    },
    accept(_label: string, parameters: ParameterValues) {
      try {
        linesOf(parameters);
        return true;
      } catch (error) {
        const { code } = error as { code?: string };
        if (code === undefined || !unfit.has(code)) throw error;
        const { angleDeg, longAngstrom, shortAngstrom } = geometryOf(parameters);
        const geometry = `${angleDeg.toFixed(3)} deg, ${longAngstrom.toFixed(5)} and ${shortAngstrom.toFixed(5)} Å`;
        return { accepted: false, reason: `${code} (${geometry})` };
      }
    },
  };
}

/** Errors of packages/xray that are the geometry's own: the draw is rejected and counted. */
const unfit = new Set(['SCF_NOT_CONVERGED', 'GEOMETRY_INVALID', 'ATOMS_TOO_CLOSE']);

function geometryOf(parameters: ParameterValues): WaterGeometry {
  const values = waterParameters.map((name) => parameters[name]);
  const missing = waterParameters.filter((_, i) => values[i] === undefined);
  if (missing.length > 0) {
    throw new FarmError({
      code: 'TASK_INVALID',
      what: 'A row of the plan does not describe a water molecule',
      got: `no ${missing.join(', no ')}`,
      expected: waterParameters.join(', '),
    });
  }
  const [angleDeg, longAngstrom, shortAngstrom] = values as number[];
  return { angleDeg: angleDeg!, longAngstrom: longAngstrom!, shortAngstrom: shortAngstrom! };
}
