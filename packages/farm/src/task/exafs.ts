/** A task that makes EXAFS spectra of one scattering path. Loaded by workers. */
import type { ParameterValues, PlanRow } from '@spectraloom/sampling';
import { linearGrid, parseFeffPath, ScatteringPath, shellParameters } from '@spectraloom/xray';
import { z } from 'zod';
import { FarmError } from '../errors.js';
import { checkJob, taskUrl, versions } from './module.js';
import type { FarmTask } from './port.js';

const jobSchema = z.strictObject({
  /** Text of a `feffNNNN.dat`, and what errors call it. */
  table: z.strictObject({ name: z.string(), text: z.string() }),
  /** Å^-1, both ends in it. */
  k: z
    .strictObject({
      from: z.number().min(0),
      to: z.number().positive(),
      points: z.number().int().min(2).max(100_000),
    })
    .refine((k) => k.to > k.from, 'from must be below to'),
});

/** What the workers compute; plain JSON. */
export type ExafsJob = z.input<typeof jobSchema>;

/** URL of this task for `GenerateOptions.taskModule`; workers load the compiled file. */
export const exafsTask = taskUrl(import.meta.url);

/**
 * A row is chi(k) of one shell, `[points]`, without noise: amplitude (N S0^2), deltaR (Å), sigma2 (Å^2)
 * and e0Ev (eV) are the row's parameters.
 * @throws FarmError TASK_INVALID; XrayError PATH_TABLE_INVALID, PATH_TABLE_CUT_SHORT, K_OUT_OF_RANGE
 */
export function createTask(job: unknown): FarmTask {
  const { table, k } = checkJob(jobSchema, job, 'table (name, text), k (from, to, points)');
  const path = new ScatteringPath(parseFeffPath(table.text, table.name));
  const grid = linearGrid(k.from, k.to, k.points);
  const chi = new Float64Array(grid.length);
  const row = new Float32Array(grid.length);
  return {
    shape: [row.length],
    axes: ['k'],
    provenance: { task: 'exafs', ...versions('xray') },
    simulate({ parameters }: PlanRow) {
      chi.fill(0);
      path.addTo(grid, shellOf(parameters), chi);
      row.set(chi);
      return row;
    },
  };
}

function shellOf(parameters: ParameterValues) {
  const missing = shellParameters.filter((name) => parameters[name] === undefined);
  if (missing.length > 0) {
    throw new FarmError({
      code: 'TASK_INVALID',
      what: 'A row of the plan does not describe a shell',
      got: `no ${missing.join(', no ')}`,
      expected: shellParameters.join(', '),
    });
  }
  const [amplitude, deltaR, sigma2, e0Ev] = shellParameters.map((name) => parameters[name]!);
  return { amplitude: amplitude!, deltaR: deltaR!, sigma2: sigma2!, e0Ev: e0Ev! };
}
