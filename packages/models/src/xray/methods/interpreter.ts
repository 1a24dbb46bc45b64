import { coveredVariance } from '../data/coveredVariance.js';
import { type Matrix, type MatrixLike, rowOf, toMatrix, zeros } from '../data/matrix.js';
import { type SamplesLike, toSamples } from '../data/samples.js';
import {
  type InputScale,
  type OutputScale,
  scoresOf,
  type SpectrumScaling,
  spectraOf,
  unscaled,
  zScores,
} from '../data/scaling.js';
import { applyNet, type Mlp, netWithJacobian } from '../mlp/network.js';
import type { EpochLoss } from '../mlp/train.js';
import { type InverseOptions, invertDecoder } from '../readback/inverse.js';

export const methodNames = ['emulator', 'ednn', 'nnca', 'eca', 'linear', 'pls', 'pca'] as const;
export type MethodName = (typeof methodNames)[number];

/** What a fit leaves: three maps between structure, latent values and spectrum, and their scales. */
export interface InterpreterParts {
  readonly method: MethodName;
  readonly inputScale: InputScale;
  readonly outputScale: OutputScale;
  /** z-scores `[inputs]` -> latent values `[components]` */
  readonly encoder: Mlp;
  /** latent values `[components]` -> coefficients of the spectrum `[rank]` */
  readonly decoder: Mlp;
  /** latent values `[components]` -> z-scores `[inputs]` */
  readonly lift: Mlp;
  /** ECA: the whole emulator, z-scores `[inputs]` -> coefficients, for going on from here. */
  readonly emulator?: Mlp;
  /** `[components, inputs]`, orthonormal rows in z-scores; absent where there are no directions. */
  readonly basis?: Matrix;
  /** `[at most 256, components]`: latent values of training samples, where inversions start. */
  readonly codes: Matrix;
  readonly history: readonly EpochLoss[];
}

/** A value of rho, with the scaling it depends on. */
export interface Score {
  readonly rho: number;
  readonly scaling: SpectrumScaling;
}

/**
 * A fitted method; all share this one interface. Structures are `[n, inputs]` and spectra
 * `[n, points]` in their own units, latent values `[n, components]`.
 * @throws NetworkError COLUMNS_DIFFER, NOT_A_NUMBER, ROWS_DIFFER from every function that takes data
 */
export class Interpreter {
  constructor(readonly parts: InterpreterParts) {}

  get method(): MethodName {
    return this.parts.method;
  }
  get inputs(): number {
    return this.parts.inputScale.mean.length;
  }
  get points(): number {
    return this.parts.outputScale.mean.length;
  }
  get components(): number {
    return this.parts.encoder.layers.at(-1)?.outputs ?? this.parts.encoder.inputs;
  }
  get scaling(): SpectrumScaling {
    return this.parts.outputScale.scaling;
  }
  /** `[components, inputs]`, orthonormal rows in z-scored inputs; undefined for nets without. */
  get basis(): Matrix | undefined {
    return this.parts.basis;
  }

  /** Structures -> latent values. */
  transform(structures: MatrixLike): Matrix {
    return applyNet(this.parts.encoder, this.#z(structures));
  }

  /** Latent values -> structures; what the latent values do not decide is at its mean. */
  expand(codes: MatrixLike): Matrix {
    return unscaled(applyNet(this.parts.lift, this.#codes(codes)), this.parts.inputScale);
  }

  /** Structures -> structures of which only the latent values are kept. */
  project(structures: MatrixLike): Matrix {
    return this.expand(this.transform(structures));
  }

  /** Structures -> spectra, through the latent values. */
  predict(structures: MatrixLike): Matrix {
    return this.decode(this.transform(structures));
  }

  /** Latent values -> spectra. */
  decode(codes: MatrixLike): Matrix {
    return spectraOf(applyNet(this.parts.decoder, this.#codes(codes)), this.parts.outputScale);
  }

  /** Spectra -> latent values: least squares for each spectrum by itself, from several starts. */
  inverse(spectra: MatrixLike, options?: InverseOptions): Matrix {
    const scores = scoresOf(this.#spectra(spectra), this.parts.outputScale);
    return invertDecoder(this.parts.decoder, scores, this.parts.codes, options).codes;
  }

  /** Spectra -> structures. */
  reconstruct(spectra: MatrixLike, options?: InverseOptions): Matrix {
    return this.expand(this.inverse(spectra, options));
  }

  /**
   * Generalised covered variance of the spectra by `predict(structures)`. For `pca` it is the bound:
   * what the best `components` spectra could cover, whatever the structures say.
   * @throws NetworkError LENGTHS_DIFFER, NO_VARIANCE
   */
  score(samples: SamplesLike): Score {
    const { structures, spectra } = toSamples(samples, 'score', {
      inputs: this.inputs,
      points: this.points,
    });
    const predicted =
      this.method === 'pca' ? this.decode(this.inverse(spectra)) : this.predict(structures);
    const weight = this.parts.outputScale.scale.map((s) => 1 / s);
    return { rho: coveredVariance(spectra, predicted, weight), scaling: this.scaling };
  }

  /**
   * Derivatives of the scaled spectrum's coefficients with respect to z-scored structure, through
   * the latent values: `[n, inputs, rank]`.
   */
  jacobian(structures: MatrixLike): Float64Array {
    const { encoder, decoder } = this.parts;
    const net = { inputs: encoder.inputs, layers: [...encoder.layers, ...decoder.layers] };
    return netWithJacobian(net, this.#z(structures)).jacobian;
  }

  #z(structures: MatrixLike): Matrix {
    return zScores(toMatrix(structures, 'structures', this.inputs), this.parts.inputScale);
  }
  #codes(codes: MatrixLike): Matrix {
    return toMatrix(codes, 'latent values', this.components);
  }
  #spectra(spectra: MatrixLike): Matrix {
    return toMatrix(spectra, 'spectra', this.points);
  }
}

/** Latent values of the first 256 training samples. */
export function startingCodes(encoder: Mlp, z: Matrix): Matrix {
  const rows = Math.min(256, z.rows);
  const some = zeros(rows, z.columns);
  for (let i = 0; i < rows; i++) some.data.set(rowOf(z, i), i * z.columns);
  return applyNet(encoder, some);
}
