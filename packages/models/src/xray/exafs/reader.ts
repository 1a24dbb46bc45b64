import {
  type ChiOfK,
  FourierTransform,
  type ScatteringPath,
  type ShellParameter,
  shellParameters,
} from '@spectraloom/xray';
import { NetworkError } from '../../errors.js';
import { type Matrix, matrix } from '../data/matrix.js';
import { type InputScale, unscaled, zScores } from '../data/scaling.js';
import { applyNet, type Mlp } from '../mlp/network.js';
import { shapeFeatures } from './features.js';
import { type ShellSettings, shellTransform } from './simulate.js';

/** A number with the interval that holds the truth in `level` of simulated spectra. */
export interface ReadValue {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What a network reads off one spectrum. */
export interface ShellReading {
  readonly values: Readonly<Record<ShellParameter, ReadValue>>;
  readonly level: number;
  /** Part of the transform's square that the shell just read does not explain. */
  readonly rFactor: number;
  /** Part of simulated spectra whose rFactor is at least this large; near 0: not like those trained on. */
  readonly typicality: number;
  /** Parameters within 2 % of the ends of the trained range, where an answer is the range's, not the spectrum's. */
  readonly atEdge: readonly ShellParameter[];
  /**
   * Whether the reading can be quoted. `outside`: the shell just read explains less of the spectrum than
   * of 95 % of simulated ones (typicality below 0.05, a conformal p-value), so this is no one shell of
   * the trained kind, and the intervals mean nothing; one in twenty usual spectra is called so too.
   * `edge`: a value at an end of the trained range. `inside`: neither.
   */
  readonly verdict: 'inside' | 'edge' | 'outside';
}

/** Typicality below this is `outside`. */
const unlikely = 0.05;

/** Everything a reader is made of. */
export interface ShellReaderParts {
  readonly settings: ShellSettings;
  readonly featureScale: InputScale;
  readonly taughtScale: InputScale;
  /** Features -> parameters, both as z-scores. */
  readonly mean: Mlp;
  /** Features -> log of the size of the error of each, in z-scores. */
  readonly spread: Mlp;
  /** `[4][n]`, ascending: |error| / predicted size on spectra kept apart. */
  readonly scores: readonly Float64Array[];
  /** `[n]`, ascending: R factors there. */
  readonly rFactors: Float64Array;
}

/**
 * Reads N S0^2, dR, sigma^2 and E0 off chi(k), with intervals: a network trained on simulated spectra of
 * one path table gives the values and the expected size of their errors; the intervals are those sizes
 * times what held the truth on spectra kept apart (split conformal prediction with a local scale: Lei et
 * al., JASA 113, 1094 (2018)), so that they cover as they say on spectra like the simulated ones.
 */
export class ShellReader {
  private readonly transform: FourierTransform;

  constructor(
    readonly parts: ShellReaderParts,
    private readonly path: ScatteringPath,
  ) {
    this.transform = shellTransform(parts.settings);
  }

  /**
   * @param level part of spectra whose truth the interval shall hold, e.g. 0.68 or 0.95
   * @throws XrayError `K_OUT_OF_RANGE` where the spectrum does not cover the trained k range
   */
  read(data: ChiOfK, level = 0.95): ShellReading {
    const { k } = this.transform;
    const same = data.k.length === k.length && k.every((x, i) => Math.abs(x - data.k[i]) < 1e-9);
    const chi = same ? data.chi : this.transform.resample(data);
    const row = this.transform.apply(chi);
    return this.readTransforms(matrix(row, 1, row.length), level)[0];
  }

  /** @param transforms `[n, 2 * R points]` of the settings' transform */
  readTransforms(transforms: Matrix, level = 0.95): ShellReading[] {
    if (!(level > 0 && level < 1)) {
      throw new NetworkError({
        code: 'OPTION_INVALID',
        what: 'the level of an interval lies between 0 and 1',
        got: String(level),
        expected: 'e.g. 0.95',
      });
    }
    const { settings, scores, rFactors } = this.parts;
    const { values, sizes } = predictShell(this.parts, transforms);
    const reach = scores.map(
      (s) => s[Math.min(s.length - 1, Math.ceil((s.length + 1) * level) - 1)],
    );
    return Array.from({ length: transforms.rows }, (_, i) => {
      const read = {} as Record<ShellParameter, ReadValue>;
      const atEdge: ShellParameter[] = [];
      shellParameters.forEach((p, j) => {
        const value = values.data[4 * i + j];
        const half = reach[j] * sizes.data[4 * i + j];
        // The amplitude is read as a logarithm: its interval is a factor.
        read[p] =
          j === 0
            ? { value: Math.exp(value), low: Math.exp(value - half), high: Math.exp(value + half) }
            : { value, low: value - half, high: value + half };
        const [low, high] = settings[p];
        const margin = 0.02 * (high - low);
        if (read[p].value < low + margin || read[p].value > high - margin) atEdge.push(p);
      });
      const rFactor = shellMisfit(this.path, this.transform, read, rowAt(transforms, i));
      const typicality = partAbove(rFactors, rFactor);
      const verdict = typicality < unlikely ? 'outside' : atEdge.length > 0 ? 'edge' : 'inside';
      return { values: read, level, rFactor, typicality, atEdge, verdict };
    });
  }
}

const rowAt = (m: Matrix, i: number) => m.data.subarray(i * m.columns, (i + 1) * m.columns);

/** Values (the amplitude as its logarithm) and expected sizes of their errors, in units, `[n, 4]` each. */
export function predictShell(
  parts: Pick<ShellReaderParts, 'featureScale' | 'taughtScale' | 'mean' | 'spread'>,
  transforms: Matrix,
): { values: Matrix; sizes: Matrix } {
  const features = shapeFeatures(transforms);
  const x = zScores(features, parts.featureScale);
  const values = unscaled(applyNet(parts.mean, x), parts.taughtScale);
  const log = applyNet(parts.spread, x);
  for (let i = 0; i < values.rows; i++) {
    values.data[4 * i] += features.data[(i + 1) * features.columns - 1];
  }
  const sizes = { ...log, data: log.data.map((v, i) => Math.exp(v) * parts.taughtScale.sd[i % 4]) };
  return { values, sizes };
}

/** Part of a transform's square that a shell leaves; 1 of a transform that is zero, which none explains. */
export function shellMisfit(
  path: ScatteringPath,
  transform: FourierTransform,
  read: Readonly<Record<ShellParameter, ReadValue>>,
  measured: Float64Array,
): number {
  const chi = new Float64Array(transform.k.length);
  path.addTo(
    transform.k,
    {
      amplitude: read.amplitude.value,
      deltaR: read.deltaR.value,
      sigma2: read.sigma2.value,
      e0Ev: read.e0Ev.value,
    },
    chi,
  );
  const model = transform.apply(chi);
  let left = 0;
  let all = 0;
  measured.forEach((v, i) => {
    left += (v - model[i]) ** 2;
    all += v * v;
  });
  return all > 0 ? left / all : 1;
}

/** Part of ascending numbers that is at least x. */
function partAbove(sorted: Float64Array, x: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (sorted[mid] < x) low = mid + 1;
    else high = mid;
  }
  return (sorted.length - low) / sorted.length;
}
