import type { Mat3, Vec3 } from '../crystal/geometry.js';
import { IDENTITY, isOrthogonal, rotationAbout, scale } from '../crystal/geometry.js';
import { degreesToRadians, frameAxes, toUnit } from './directions.js';
import { toMat3, toNumber, toTensor } from './numbers.js';
import type { ParameterTable } from './parameters.js';
import type { Problems } from './problems.js';
import type { ModelFile } from './schema.js';
import type { FilePath } from './source.js';
import type { DipoleSpec, Lattice, SpinModel, Twin } from './types.js';
import { describe } from './validate.js';

/** `twins` of the file; one untwinned domain when it has none. */
export function resolveTwins(file: ModelFile, lattice: Lattice, problems: Problems): Twin[] {
  if (!file.twins) return [{ name: 'single', rotation: IDENTITY, weight: 1 }];
  const twins = file.twins.map((spec, i): Twin => {
    const path: FilePath = ['twins', i];
    const weight = toNumber(spec.weight);
    if (!(weight >= 0))
      problems.error('TWIN_WEIGHT', [...path, 'weight'], {
        what: 'a twin has a negative weight',
        got: `${weight}`,
        expected: 'a fraction of the sample, 0 to 1',
      });
    return {
      name: spec.name ?? `twin ${i + 1}`,
      rotation: twinRotation(spec.rotation, file, lattice, [...path, 'rotation'], problems),
      weight,
    };
  });
  const sum = twins.reduce((s, t) => s + t.weight, 0);
  if (!(Math.abs(sum - 1) < 1e-3)) {
    problems.error('TWIN_WEIGHT', ['twins'], {
      what: 'the weights of the twins do not sum to 1',
      got: `${sum}`,
      expected: '1',
    });
    return twins;
  }
  return twins.map((t) => ({ ...t, weight: t.weight / sum }));
}

function twinRotation(
  spec: NonNullable<ModelFile['twins']>[number]['rotation'],
  file: ModelFile,
  lattice: Lattice,
  path: FilePath,
  problems: Problems,
): Mat3 {
  if (spec === undefined || spec === 'identity') return IDENTITY;
  if (!Array.isArray(spec)) {
    const axis = toUnit(spec.axis, file.frame, lattice, [...path, 'axis'], problems);
    return axis ? rotationAbout(axis, degreesToRadians(toNumber(spec.angle))) : IDENTITY;
  }
  const m = toMat3(spec);
  if (!isOrthogonal(m, 1e-4))
    problems.error('TWIN_NOT_ORTHOGONAL', path, {
      what: 'the matrix of a twin is not a rotation',
      got: describe(spec),
      expected: 'rows of length 1 at right angles (Cartesian axes): R R^T = 1',
      next: 'check each row; a row of zeros sends every Q to a plane',
    });
  return m;
}

/** `field`, Cartesian, in tesla, linear in the parameters. */
export function resolveField(
  file: ModelFile,
  lattice: Lattice,
  table: ParameterTable,
  problems: Problems,
): SpinModel['field'] {
  const spec = file.field;
  if (spec === undefined) return [];
  if (!Array.isArray(spec)) {
    const unit = toUnit(spec.direction, file.frame, lattice, ['field', 'direction'], problems);
    const terms = table.linear(spec.magnitude, ['field', 'magnitude'], 'T');
    return unit ? terms.map((t) => ({ parameter: t.parameter, tesla: scale(unit, t.factor) })) : [];
  }
  const axes = frameAxes(file.frame, lattice);
  const sums = new Map<number, Vec3>();
  for (const [i, value] of spec.entries())
    for (const t of table.linear(value, ['field', i], 'T')) {
      const old = sums.get(t.parameter) ?? [0, 0, 0];
      const part = scale(axes[i]!, t.factor);
      sums.set(t.parameter, [old[0] + part[0], old[1] + part[1], old[2] + part[2]]);
    }
  return [...sums].map(([parameter, tesla]) => ({ parameter, tesla }));
}

/** `dipole` of the file. */
export function resolveDipole(file: ModelFile, problems: Problems): DipoleSpec | undefined {
  const spec = file.dipole;
  if (!spec) return undefined;
  const cutoff = spec.cutoff === undefined ? undefined : toNumber(spec.cutoff);
  if ((spec.method === 'cutoff') !== (cutoff !== undefined))
    problems.error('DIPOLE', ['dipole'], {
      what:
        spec.method === 'cutoff'
          ? "method 'cutoff' needs a cutoff in Å"
          : "method 'ewald' has no cutoff: it sums to infinity",
    });
  else if (cutoff !== undefined && !(cutoff > 0))
    problems.error('DIPOLE', ['dipole', 'cutoff'], {
      what: 'the cut-off of the dipole sum is not positive',
      got: `${cutoff} Å`,
    });
  return {
    method: spec.method,
    ...(cutoff !== undefined && { cutoffAngstrom: cutoff }),
    ...(spec.demagnetisation !== undefined && { demagnetisation: toTensor(spec.demagnetisation) }),
  };
}

/** `temperature` of the file in kelvin. */
export function resolveTemperature(file: ModelFile, problems: Problems): number {
  const t = file.temperature === undefined ? 0 : toNumber(file.temperature);
  if (!(t >= 0))
    problems.error('TEMPERATURE', ['temperature'], {
      what: 'the temperature is below absolute zero',
      got: `${t} K`,
      expected: '0 K or more',
    });
  return t;
}
