import type { Problems } from './problems.js';
import { MAX_MODEL_NUMBER } from './schema.js';
import type { Linear, ModelFile } from './schema.js';
import type { FilePath } from './source.js';
import type { LinearScalarTerm, Parameter, PriorSpec } from './types.js';
import { toNumber } from './numbers.js';
import { suggestion } from './suggest.js';

type ParameterSpecs = NonNullable<ModelFile['parameters']>;
type PriorFile = Exclude<NonNullable<Extract<ParameterSpecs[string], object>['prior']>, never>;

const identifier = /^[A-Za-z_][A-Za-z0-9_']*$/;

/** The named parameters of a file, and what may be written in their terms. */
export class ParameterTable {
  readonly parameters: Parameter[] = [];
  readonly #index = new Map<string, number>();
  readonly #used = new Set<number>();
  readonly #problems: Problems;

  constructor(specs: ParameterSpecs | undefined, problems: Problems) {
    this.#problems = problems;
    for (const [name, spec] of Object.entries(specs ?? {})) {
      const path = ['parameters', name];
      if (!identifier.test(name)) {
        problems.error(
          'PARAMETER_NAME',
          path,
          {
            what: `'${name}' cannot be the name of a parameter`,
            expected: "a letter or _, then letters, digits, _ or '",
          },
          'key',
        );
        continue;
      }
      this.#index.set(name, this.parameters.length);
      this.parameters.push(resolveParameter(name, spec, path, problems));
    }
  }

  /**
   * Reads a number, a name, or a sum such as "J1 - 0.5*J2 + 0.1" or "2 J1 / 3". Terms with parameter
   * -1 are constants. `unit` is what a parameter here must be in (a pure number is taken too).
   */
  linear(value: Linear, path: FilePath, unit: 'meV' | 'T'): LinearScalarTerm[] {
    if (typeof value === 'number') return value === 0 ? [] : [{ parameter: -1, factor: value }];
    const terms = this.#parse(value, path);
    const merged = new Map<number, number>();
    for (const t of terms ?? []) merged.set(t.parameter, (merged.get(t.parameter) ?? 0) + t.factor);
    for (const parameter of merged.keys()) {
      if (parameter < 0) continue;
      this.#used.add(parameter);
      const p = this.parameters[parameter]!;
      if (p.unit !== unit && p.unit !== '')
        this.#problems.error('UNIT', path, {
          what: `parameter '${p.name}' has the wrong unit here`,
          got: p.unit,
          expected: unit,
        });
    }
    return [...merged]
      .filter(([, f]) => f !== 0)
      .map(([parameter, factor]) => ({ parameter, factor }));
  }

  /** Warns of parameters that nothing uses. */
  warnUnused(): void {
    for (const [i, p] of this.parameters.entries())
      if (!this.#used.has(i))
        this.#problems.warn(
          'UNUSED_PARAMETER',
          ['parameters', p.name],
          { what: `parameter '${p.name}' is used nowhere` },
          'key',
        );
  }

  /** Default values. */
  values(): Float64Array {
    return Float64Array.from(this.parameters, (p) => p.value);
  }

  #parse(text: string, path: FilePath): LinearScalarTerm[] | undefined {
    const number = String.raw`(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?`;
    const name = String.raw`[A-Za-z_][A-Za-z0-9_']*`;
    const term = new RegExp(
      String.raw`\s*([+-]?)\s*(?:(${number})(?:\s*/\s*(${number}))?\s*(?:\*?\s*(${name}))?|(${name}))(?:\s*\*\s*(${number}))?(?:\s*/\s*(${number}))?\s*`,
      'iy',
    );
    const terms: LinearScalarTerm[] = [];
    let end = 0;
    while (end < text.length) {
      term.lastIndex = end;
      const m = term.exec(text);
      if (!m || (end > 0 && m[1] === '')) {
        const notFinite = /^[+-]?\.?(nan|inf(inity)?)$/i.test(text.trim());
        this.#problems.error(notFinite ? 'NOT_FINITE' : 'EXPRESSION', path, {
          what: notFinite ? `'${text}' is not a finite number` : `cannot read '${text}'`,
          expected: 'a number, a parameter, or a sum such as "J1 - 0.5*J2 + 0.1"',
        });
        return undefined;
      }
      end = term.lastIndex;
      const named = m[4] ?? m[5];
      const factor =
        ((m[1] === '-' ? -1 : 1) * Number(m[2] ?? 1) * Number(m[6] ?? 1)) /
        (Number(m[3] ?? 1) * Number(m[7] ?? 1));
      if (!(Math.abs(factor) <= MAX_MODEL_NUMBER)) {
        this.#problems.error('NOT_FINITE', path, {
          what: `'${text}' is not finite, or larger than ${MAX_MODEL_NUMBER}`,
        });
        return undefined;
      }
      if (named === undefined) {
        terms.push({ parameter: -1, factor });
        continue;
      }
      const index = this.#index.get(named);
      if (index === undefined) {
        const notFinite = /^(nan|inf|infinity)$/i.test(named);
        this.#problems.error(notFinite ? 'NOT_FINITE' : 'UNKNOWN_PARAMETER', path, {
          what: notFinite
            ? `'${text}' is not a finite number`
            : `no parameter is called '${named}'`,
          next: notFinite ? undefined : suggestion(named, [...this.#index.keys()]),
        });
        return undefined;
      }
      terms.push({ parameter: index, factor });
    }
    if (terms.length === 0) {
      this.#problems.error('EXPRESSION', path, {
        what: 'an empty expression',
        expected: 'a number, a parameter, or a sum of them',
      });
      return undefined;
    }
    return terms;
  }
}

function resolveParameter(
  name: string,
  spec: ParameterSpecs[string],
  path: FilePath,
  problems: Problems,
): Parameter {
  if (typeof spec !== 'object') return { name, value: toNumber(spec), unit: 'meV' };
  const value = toNumber(spec.value);
  const prior = spec.prior === undefined ? undefined : toPrior(spec.prior);
  if (prior) checkPrior(name, value, prior, [...path, 'prior'], problems);
  return {
    name,
    value,
    unit: spec.unit ?? 'meV',
    ...(prior && { prior }),
    ...(spec.uncertainty !== undefined && { uncertainty: toNumber(spec.uncertainty) }),
    ...(spec.description !== undefined && { description: spec.description }),
  };
}

function toPrior(prior: PriorFile): PriorSpec {
  if (prior === 'fixed') return { kind: 'fixed' };
  if ('uniform' in prior)
    return { kind: 'uniform', min: toNumber(prior.uniform[0]), max: toNumber(prior.uniform[1]) };
  if ('logUniform' in prior)
    return {
      kind: 'log-uniform',
      min: toNumber(prior.logUniform[0]),
      max: toNumber(prior.logUniform[1]),
    };
  const { mean, sd, min, max } = prior.normal;
  return {
    kind: 'normal',
    mean: toNumber(mean),
    sd: toNumber(sd),
    ...(min !== undefined && { min: toNumber(min) }),
    ...(max !== undefined && { max: toNumber(max) }),
  };
}

function checkPrior(
  name: string,
  value: number,
  prior: PriorSpec,
  path: FilePath,
  problems: Problems,
): void {
  if (prior.kind === 'fixed') return;
  const min = prior.min ?? Number.NEGATIVE_INFINITY;
  const max = prior.max ?? Number.POSITIVE_INFINITY;
  if (!(min < max)) {
    problems.error('PRIOR', path, {
      what: `the prior of '${name}' is empty`,
      got: `[${min}, ${max}]`,
      expected: 'a minimum below the maximum',
    });
    return;
  }
  if (prior.kind === 'log-uniform' && !(min > 0))
    problems.error('PRIOR', path, {
      what: `the log-uniform prior of '${name}' reaches zero or below`,
      got: `[${min}, ${max}]`,
      expected: 'a positive minimum',
    });
  if (prior.kind === 'normal' && !(prior.sd > 0))
    problems.error('PRIOR', path, {
      what: `the prior of '${name}' has no width`,
      got: `sd ${prior.sd}`,
      expected: 'sd > 0',
    });
  if (value < min || value > max)
    problems.error('PRIOR_EXCLUDES_VALUE', path, {
      what: `the prior of '${name}' excludes its value`,
      got: `${value}`,
      expected: `a value in [${min}, ${max}]`,
      next: 'correct the value or widen the prior',
    });
}
