import type { AblationReport, DoubtReport, LearntReport, PlacesReport } from '@spectraloom/report';
import type { CalibrationError } from '@spectraloom/training';
import type { AblationTable } from '../ablation/table.js';
import type { EvaluationFile } from '../evaluateStage.js';
import type { Explanation } from '../explainStage.js';
import { inGeneralName, physicsNoisyName } from '../explain/places.js';

/** Bins of a reliability diagram as the report takes them: no mean where there is no image. */
export function reliabilityBins(metrics: EvaluationFile['clean']) {
  return metrics.reliability.map((b) => ({
    from: b.from,
    to: b.to,
    count: b.count,
    meanConfidence: b.count > 0 ? b.confidence : null,
    accuracy: b.count > 0 ? b.accuracy : null,
  }));
}

/** ECE of chance, and without its bias. */
export function calibrationReport({ expected, pValue, debiased, sweep }: CalibrationError) {
  return { expected: { ...expected }, pValue, debiased, sweep };
}

/** How far the network can be believed: measures of the evaluate stage, verdicts of the explain stage. */
export function doubtReport(
  { methods }: EvaluationFile,
  { verdicts }: Explanation,
  labels: readonly string[],
): DoubtReport {
  return {
    methods: methods.map((m) => ({
      name: m.name,
      meaning: m.scoreMeaning,
      images: m.metrics.count,
      accuracy: m.metrics.accuracy,
      nll: m.metrics.nll,
      ece: m.metrics.ece,
      calibration: calibrationReport(m.calibration),
      eceBefore: m.before.ece,
      temperature: m.temperature,
      reliability: reliabilityBins(m.metrics),
      falseAlarms: m.falseAlarms,
      outsideBelow: m.outsideBelow,
      alpha: m.conformal.alpha,
      coverage: m.conformal.coverage,
      coverageByClass: m.conformal.coverageByClass,
      coverageBounds: [...m.conformal.bounds],
      meanSetSize: m.conformal.meanSize,
      rejection: m.rejection.curve.map((p) => ({ ...p })),
      falseAlarmsClean: m.falseAlarmsClean,
      ...(m.parts ? { parts: m.parts.map((p) => ({ ...p })) } : {}),
      outside: m.outside.map(({ parts, ...o }) => ({
        ...o,
        ...(parts ? { parts: parts.map((p) => ({ ...p })) } : {}),
      })),
    })),
    verdicts: verdicts.map((v) => ({
      method: v.method,
      className: v.outside ? null : v.called,
      called: v.called,
      scores: Object.fromEntries(labels.map((label, i) => [label, v.probabilities[i]!])),
      likeness: v.score,
      pValue: v.pValue,
      outsideBelow: v.outsideBelow,
      set: [...v.set],
      ...(v.because === undefined ? {} : { because: v.because }),
      ...(v.parts ? { parts: v.parts.map((p) => ({ ...p })) } : {}),
    })),
  };
}

const finite = (v: number | null): number | null => (v !== null && Number.isFinite(v) ? v : null);

/** Where the network looked, beside physics. JSON has no NaN: such numbers are null in the file. */
export function placesReport({ places, called }: Explanation): PlacesReport {
  const { maps, agreement, completeness, cascade, curves, published } = places;
  const curve = (c: NonNullable<typeof curves>['deletion']) => ({
    parts: [...c.parts],
    scores: [...c.scores],
    area: finite(c.area),
    randomArea: finite(c.randomArea),
    randomSpread: finite(c.randomSpread),
  });
  return {
    className: called,
    maps: maps.map(({ name, what, tiles, warnings }) => ({
      ...{ name, what },
      tiles: [...tiles],
      warnings: warnings.map((w) => `${name}: ${w}`),
    })),
    ...(maps.some((m) => m.name === inGeneralName) && maps.some((m) => m.name === physicsNoisyName)
      ? { compared: [inGeneralName, physicsNoisyName] as [string, string] }
      : {}),
    agreement: agreement.map((a) => ({
      of: a.of,
      with: a.with,
      rankCorrelation: finite(a.rankCorrelation),
      sameTop: a.sameTop,
      sharedTopFive: a.sharedTopFive,
      sharedByChance: a.sharedByChance,
    })),
    ...(completeness ? { completeness } : {}),
    ...(cascade
      ? {
          cascade: {
            repeats: cascade.repeats,
            steps: cascade.steps.map(({ layer, rankCorrelation, range }) => ({
              layer,
              rankCorrelation,
              range: [...range] as [number, number],
            })),
            warnings: [...cascade.warnings],
          },
        }
      : {}),
    ...(curves
      ? { curves: { deletion: curve(curves.deletion), insertion: curve(curves.insertion) } }
      : {}),
    ...(published
      ? {
          published: {
            what: published.what,
            tile: published.tile,
            places: { ...published.places },
          },
        }
      : {}),
  };
}

/** What the network has learnt; `image` reads a file of the explain stage. */
export async function learntReport(
  { codes, maximal, listened }: Explanation,
  image: (file: string) => Promise<Float32Array>,
): Promise<LearntReport> {
  const images = [];
  for (const { label, file } of maximal) {
    images.push({ className: label, values: await image(file) });
  }
  return {
    maximal: images,
    ...(codes
      ? { codes: { method: codes.method, points: codes.points.map((p) => ({ ...p })) } }
      : {}),
    ...(listened ? { listened: { ...listened, strength: [...listened.strength] } } : {}),
  };
}

/** The table of an ablation as the report takes it. */
export function ablationReport({
  scored,
  repeats,
  testImages,
  rows,
}: AblationTable): AblationReport {
  const copy = (s: AblationTable['rows'][number]['validation']) => ({
    ...s,
    values: [...s.values],
  });
  return {
    ...{ scored, repeats, testImages },
    rows: rows.map((r) => ({
      name: r.variant,
      what: r.what,
      validation: copy(r.validation),
      measured: copy(r.measured),
      outside: [...r.outside] as [number, number],
      pValue: copy(r.pValue),
      space: { ...r.space },
      refused: { ...r.refused },
      accuracy: Object.fromEntries(Object.entries(r.accuracy).map(([k, s]) => [k, copy(s)])),
    })),
  };
}
