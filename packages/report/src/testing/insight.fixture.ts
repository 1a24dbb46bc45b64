import type { ReportData } from '../data/types.js';

/** Numbers between 0 and 1 that look drawn, the same each time. */
const wave = (i: number, phase = 0): number => (1 + Math.sin(1.7 * i + phase)) / 2;

const sets = ['stitched', 'wrong-mask', 'pure-background'];

/** Of a method whose likeness is the worst of several. */
export const exampleParts = ['pattern', 'intensities'];

function method(name: string, quality: number, parts: readonly string[] = []) {
  return {
    name,
    meaning: `likeness of ${name}`,
    images: 120,
    accuracy: 0.9,
    nll: 0.25,
    ece: 0.018,
    calibration: {
      expected: { mean: 0.021, from: 0.011, to: 0.034 },
      pValue: 0.61,
      debiased: -0.008,
      sweep: 0.012,
    },
    eceBefore: 0.06,
    temperature: 1.4,
    reliability: [
      { from: 0.5, to: 0.75, count: 20, meanConfidence: 0.65, accuracy: 0.6 },
      { from: 0.75, to: 1, count: 100, meanConfidence: 0.95, accuracy: 0.96 },
    ],
    falseAlarms: 0.008,
    falseAlarmsClean: 0.004,
    ...(parts.length > 0
      ? {
          parts: parts.map((p) => ({
            name: p,
            meaning: `how far off its ${p}`,
            falseAlarms: 0.01,
          })),
        }
      : {}),
    outsideBelow: 0.01,
    alpha: 0.1,
    coverage: 0.91,
    coverageByClass: 0.9,
    coverageBounds: [0.82, 0.97] as [number, number],
    meanSetSize: 1.08,
    rejection: [0.25, 0.5, 0.75, 1].map((coverage) => ({
      coverage,
      accuracy: 1 - 0.1 * coverage,
    })),
    outside: sets.map((set, i) => ({
      set,
      what: `images of ${set}`,
      images: 40,
      auroc: quality - 0.05 * i,
      auprc: quality - 0.06 * i,
      refused: quality - 0.1 * i,
      ...(parts.length > 0
        ? {
            parts: parts.map((p, k) => ({
              name: p,
              auroc: 0.97 - 0.1 * k,
              refused: 0.87 - 0.1 * k,
            })),
          }
        : {}),
    })),
  };
}

const spread = (mean: number) => ({ mean, sd: 0.02, values: [mean - 0.02, mean, mean + 0.02] });

/** What a run with a calibration split adds to a report; invented, tile (3, 4) planted. */
export function exampleInsight(pixels: number, tiles: number) {
  const map = (name: string, phase: number, strongest = 34) => ({
    name,
    what: `what ${name} says of a tile`,
    tiles: Array.from({ length: tiles }, (_, i) =>
      i === strongest ? 3 : name === 'physics' && i === 9 ? null : wave(i, phase) - 0.4,
    ),
    warnings: [],
  });
  const insight: Pick<ReportData, 'doubt' | 'places' | 'learnt' | 'ablation'> = {
    doubt: {
      methods: [
        method('softmax', 0.8),
        method('ddu', 0.99),
        method('subspace', 0.995, exampleParts),
      ],
      verdicts: [
        {
          method: 'softmax',
          className: 'goodenough',
          called: 'goodenough',
          scores: { goodenough: 0.93, dimer: 0.07 },
          likeness: 0.93,
          pValue: 0.41,
          outsideBelow: 0.01,
          set: ['goodenough'],
        },
        {
          method: 'ddu',
          className: null,
          called: 'goodenough',
          scores: { goodenough: 0.93, dimer: 0.07 },
          likeness: -512.3,
          pValue: 0.008,
          outsideBelow: 0.01,
          set: ['goodenough', 'dimer'],
        },
        {
          method: 'subspace',
          className: null,
          called: 'goodenough',
          scores: { goodenough: 0.93, dimer: 0.07 },
          likeness: -3.4,
          pValue: 0.008,
          outsideBelow: 0.01,
          set: ['goodenough'],
          because: 'pattern',
          parts: exampleParts.map((name, i) => ({
            ...{ name, meaning: `how far off its ${name}` },
            ...{ score: -3.4 + 3 * i, pValue: 0.008 + 0.6 * i },
          })),
        },
      ],
    },
    places: {
      className: 'goodenough',
      maps: [map('activation', 0), map('occlusion', 1), map('physics', 2, 36)],
      agreement: [
        {
          ...{ of: 'activation', with: 'physics', rankCorrelation: 0.31, sameTop: false },
          ...{ sharedTopFive: 2, sharedByChance: 0.42 },
        },
        {
          ...{ of: 'occlusion', with: 'physics', rankCorrelation: null, sameTop: false },
          ...{ sharedTopFive: 0, sharedByChance: 0.42 },
        },
      ],
      completeness: { sum: 2.31, difference: 2.3, error: 0.01, steps: 16 },
      cascade: {
        repeats: 2,
        steps: ['logits', 'conv2', 'conv1'].map((layer, i) => ({
          layer,
          rankCorrelation: 0.4 - 0.2 * i,
          range: [0.2 - 0.2 * i, 0.6 - 0.2 * i] as [number, number],
        })),
        warnings: [],
      },
      curves: {
        deletion: {
          ...{ parts: [0, 0.5, 1], scores: [3, 1, 0.5] },
          ...{ area: 0.22, randomArea: 0.5, randomSpread: 0.05 },
        },
        insertion: {
          ...{ parts: [0, 0.5, 1], scores: [0.5, 2.6, 3] },
          ...{ area: 0.8, randomArea: 0.5, randomSpread: null },
        },
      },
      published: { what: 'Strongest tile of a publication', tile: 34, places: { activation: 1 } },
    },
    learnt: {
      codes: {
        method: 'UMAP of 48 features, seed 1',
        points: Array.from({ length: 60 }, (_, i) => ({
          x: 10 * wave(i, i % 3),
          y: 8 * wave(3 * i, 2),
          ...(i === 59
            ? { group: 'measured', kind: 'measured' as const }
            : i % 3 === 2
              ? { group: sets[i % 2]!, kind: 'outside' as const }
              : { group: i % 3 === 0 ? 'goodenough' : 'dimer', kind: 'inside' as const }),
        })),
      },
      maximal: [
        { className: 'dimer', values: Float32Array.from({ length: pixels }, (_, i) => wave(i)) },
      ],
      listened: {
        layer: 'conv1',
        filters: 32,
        strength: Array.from({ length: tiles }, (_, i) => 0.1 + 0.05 * wave(i)),
      },
    },
    ablation: {
      scored: 'goodenough',
      repeats: 3,
      testImages: 150,
      rows: ['reference', 'no-resolution'].map((name, i) => ({
        name,
        what: i === 0 ? 'as the preset has it' : 'no resolution at all',
        validation: spread(0.92 + 0.03 * i),
        measured: spread(0.8 - 0.5 * i),
        outside: [i, 3] as [number, number],
        pValue: spread(0.3 - 0.2 * i),
        space: { outside: i === 1, pValue: 0.4 - 0.39 * i, because: 'pattern' },
        refused: { reference: 0.02 + 0.3 * i, 'no-resolution': 0.25 - 0.23 * i },
        accuracy: { reference: spread(0.9 - 0.1 * i), 'no-resolution': spread(0.7 + 0.2 * i) },
      })),
    },
  };
  return insight;
}
