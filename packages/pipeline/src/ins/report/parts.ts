import type { Preprocessing, PreprocessingStep } from '@spectraloom/models';
import type { MeasuredReport } from '@spectraloom/report';
import type { PriorSpec } from '@spectraloom/spinwave';
import { type Explanation, matchClip } from '../explainStage.js';
import type { Measurement } from '../measurement.js';
import { leadingVerdict } from '../verdicts.js';

/** A prior in words: "uniform [-20, 0]". */
export function priorText(prior: PriorSpec): string {
  switch (prior.kind) {
    case 'uniform':
    case 'log-uniform':
      return `${prior.kind} [${prior.min}, ${prior.max}]`;
    case 'normal': {
      const cut =
        prior.min === undefined && prior.max === undefined
          ? ''
          : `, cut to [${prior.min ?? '-inf'}, ${prior.max ?? 'inf'}]`;
      return `normal ${prior.mean} +- ${prior.sd}${cut}`;
    }
    case 'fixed':
      return 'fixed';
  }
}

const stepText: {
  [K in PreprocessingStep['step']]: (step: Extract<PreprocessingStep, { step: K }>) => string;
} = {
  scale: (s) => `multiply by ${s.factor}`,
  clip: (s) => `clip to [${s.min}, ${s.max}]`,
  sqrt: () => 'square root',
  log: (s) => `log(1 + x / ${s.unit})`,
  'min-max': () => 'stretch each image to [0, 1]',
  'unit-rms': () => 'divide each image by its root mean square',
  'tile-rms': (s) =>
    `divide each ${s.rows} x ${s.cols} tile by its root mean square plus ${s.floor} of the image's`,
  downsample: (s) => `average blocks of ${s.rows} x ${s.cols} pixels`,
  fold: (s) =>
    `average the symmetric quarters of each ${s.rows} x ${s.cols} tile${s.zeros === 'missing' ? ', zeros left out' : ''}`,
  'mask-channel': () => 'add a channel that marks pixels without a detector',
};

export function describePreprocessing({ steps }: Preprocessing): string[] {
  return steps.map((step) => (stepText[step.step] as (s: PreprocessingStep) => string)(step));
}

interface Images {
  readonly measured: Float32Array;
  readonly match: Float32Array;
  readonly map: Float32Array;
  readonly mask: Uint8Array;
}

/** The measured part of the report. */
export async function measuredReport(
  measurement: Measurement,
  explanation: Explanation,
  images: Images,
): Promise<MeasuredReport> {
  const { match, map } = explanation;
  return {
    origin: origin(measurement),
    image: { values: images.measured, mask: images.mask },
    quantity: { label: 'intensity', unit: 'as measured, clipped' },
    verdict: verdictOf(explanation),
    bestMatch: {
      className: match.label,
      image: { values: images.match, mask: images.mask },
      parameters: match.parameters,
      correlation: match.correlation,
      pixels: explanation.measuredPixels,
      definition: `Pearson correlation over the pixels that are not zero in the measurement, its values clipped at ${matchClip}; the best of ${match.candidates} simulated images`,
      row: match.row,
      seed: match.seed,
      candidates: explanation.compared.map(({ label, what, correlation }) => ({
        label: what,
        className: label,
        correlation,
      })),
    },
    activation: {
      method: map.method === 'grad-cam' ? 'Grad-CAM' : 'CAM',
      className: explanation.called,
      layer: map.layer,
      map: images.map,
      shape: map.shape,
      signed: true,
      tileMeans: Float32Array.from(map.tileMeans),
      warnings: map.warnings,
    },
  };
}

/** The leading method's verdict with its number; the plain class where nothing is calibrated. */
function verdictOf({ called, scores, verdicts }: Explanation): MeasuredReport['verdict'] {
  const leading = leadingVerdict(verdicts);
  if (!leading) return { className: called, scores };
  return {
    className: leading.outside ? null : leading.called,
    scores: Object.fromEntries(
      Object.keys(scores).map((label, i) => [label, leading.probabilities[i]!]),
    ),
    outside: {
      isOutside: leading.outside,
      score: leading.pValue,
      threshold: leading.outsideBelow,
      method: `p-value of its likeness to the training images (${leading.method}${leading.because === undefined ? '' : `: ${leading.because}`}), outside below the threshold`,
    },
  };
}

function origin(measurement: Measurement): MeasuredReport['origin'] {
  if (!('file' in measurement)) {
    const { standIn } = measurement;
    return {
      kind: 'simulated-stand-in',
      className: standIn.label,
      parameters: standIn.parameters,
      seed: String(standIn.seed),
      added: standIn.added,
    };
  }
  const { source, file } = measurement;
  const common = {
    path: file.path,
    sha256: file.sha256,
    mirrored: file.mirroredK,
    stored: file.stored,
  };
  if (source.kind === 'user-file') return { kind: 'user-file', ...common };
  return {
    kind: 'fetched-dataset',
    dataset: source.card.name,
    url: source.card.url,
    citation: source.card.attribution.trim(),
    ...common,
  };
}
