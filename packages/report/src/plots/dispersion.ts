import type { TopLevelSpec } from 'vega-lite';
import { colourAt, colourTable } from '../colour/maps.js';
import { ReportError } from '../errors.js';
import { formatNumber } from '../markup/numbers.js';
import { printPlotTheme as theme } from './theme.js';
import { plotSvg } from './vega.js';

/** Spin-wave energies along a path, or at a list of q. */
export interface DispersionPlotData {
  /** Line above the plot: the model. */
  readonly title?: string;
  /** Position of each q along the horizontal axis, ascending, `[nQ]`. */
  readonly distance: ArrayLike<number>;
  /** What `distance` is: `path length (Å⁻¹)`, `H (r.l.u.)`. */
  readonly distanceLabel: string;
  /** Named points: a vertical line and a label at their position. */
  readonly marks?: readonly { readonly at: number; readonly label: string }[];
  /** Modes of each q, `[nQ, nModes]` row-major, meV. */
  readonly energiesMeV: ArrayLike<number>;
  readonly nModes: number;
  /** Intensity of each mode, the shape of `energiesMeV`, not negative; absent: all alike. */
  readonly intensities?: ArrayLike<number>;
  /** Name and unit of the intensity: `S⊥ (per magnetic cell)`. */
  readonly intensityLabel?: string;
}

function invalid(where: string, got: string, expected: string): never {
  throw new ReportError({
    code: 'PICTURE_INVALID',
    what: 'a dispersion cannot be plotted',
    where,
    got,
    expected,
    next: 'pass arrays of one shape: nQ positions, nQ x nModes energies and intensities',
  });
}

function check(data: DispersionPlotData): void {
  const nQ = data.distance.length;
  if (nQ === 0) invalid('distance', 'no q', 'at least one');
  if (!Number.isInteger(data.nModes) || data.nModes < 1) {
    invalid('nModes', String(data.nModes), 'a whole number from 1');
  }
  const n = nQ * data.nModes;
  if (data.energiesMeV.length !== n) {
    invalid('energiesMeV', `${data.energiesMeV.length} values`, `${nQ} x ${data.nModes} = ${n}`);
  }
  if (data.intensities && data.intensities.length !== n) {
    invalid('intensities', `${data.intensities.length} values`, `${nQ} x ${data.nModes} = ${n}`);
  }
  const finite = (name: string, values: ArrayLike<number>) => {
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(values[i]))
        invalid(`${name}[${i}]`, String(values[i]), 'a finite number');
    }
  };
  finite('distance', data.distance);
  for (let i = 1; i < nQ; i++) {
    if (data.distance[i] < data.distance[i - 1]) {
      invalid(`distance[${i}]`, String(data.distance[i]), `at least ${data.distance[i - 1]}`);
    }
  }
  finite('energiesMeV', data.energiesMeV);
  if (data.intensities) finite('intensities', data.intensities);
}

/** Below this part of the scale's top no marker is drawn; the line of the mode remains. */
const FAINTEST = 1e-4;

/**
 * Top of the intensity scale: the strongest intensity, unless a few q near a soft mode (where S
 * grows as 1/energy) would shrink all others to nothing; then what 98 % of the positive ones stay
 * below, and the rest is drawn as large as that.
 */
function intensityTop(intensities: ArrayLike<number>): { top: number; capped: boolean } {
  const positive = Float64Array.from(intensities)
    .filter((s) => s > 0)
    .sort();
  if (positive.length === 0) return { top: 0, capped: false };
  const strongest = positive[positive.length - 1];
  const usual = positive[Math.floor(0.98 * (positive.length - 1))];
  return strongest > 3 * usual ? { top: usual, capped: true } : { top: strongest, capped: false };
}

/**
 * Energies against path as a stand-alone SVG, dark on white: one thin line a mode, and on it
 * markers whose area and colour (light to dark) follow the intensity.
 *
 * Modes are joined in the order of their energy at each q, so lines touch and do not cross where
 * branches do.
 * @throws ReportError PICTURE_INVALID
 */
export function dispersionSvg(data: DispersionPlotData): string {
  check(data);
  const nQ = data.distance.length;
  const { nModes, intensities } = data;
  const { top: strongest, capped } = intensities
    ? intensityTop(intensities)
    : { top: 0, capped: false };
  const label = data.intensityLabel ?? 'intensity';
  let top = 0;
  let bottom = 0;
  const values: { q: number; mode: number; e: number; s: number }[] = [];
  for (let iq = 0; iq < nQ; iq++) {
    for (let mode = 0; mode < nModes; mode++) {
      const e = data.energiesMeV[iq * nModes + mode];
      top = Math.max(top, e);
      bottom = Math.min(bottom, e);
      values.push({ q: data.distance[iq], mode, e, s: intensities?.[iq * nModes + mode] ?? 1 });
    }
  }
  const marks = data.marks ?? [];
  const first = data.distance[0];
  const last = data.distance[nQ - 1];
  const table = colourTable('viridis');
  // Weak modes light, strong ones dark, on a white ground; yellow would vanish on it.
  const shades = Array.from({ length: 9 }, (_, i) => colourAt(table, 0.85 * (1 - i / 8)));
  const markers =
    intensities && strongest > 0
      ? [
          {
            transform: [{ filter: `datum.s > ${strongest * FAINTEST}` }],
            mark: { type: 'point', filled: true, opacity: 0.9 },
            encoding: {
              size: {
                field: 's',
                type: 'quantitative',
                scale: { domain: [0, strongest], range: [2, 130], clamp: true },
                legend: null,
              },
              color: {
                field: 's',
                type: 'quantitative',
                scale: { domain: [0, strongest], range: shades, clamp: true },
                legend: {
                  title: capped ? [label, `(≥ ${formatNumber(strongest)} drawn alike)`] : label,
                  titleColor: theme.text,
                  titleFontSize: 11,
                  titleFontWeight: 600,
                  titleLimit: 260,
                  labelColor: theme.muted,
                  gradientLength: 150,
                  gradientThickness: 10,
                  tickCount: 4,
                },
              },
            },
          },
        ]
      : nQ === 1 || !intensities
        ? [{ mark: { type: 'point', filled: true, size: 14, opacity: 1, color: theme.accent } }]
        : [];
  const spec = {
    width: 640,
    height: 380,
    title: data.title
      ? {
          text: data.title,
          anchor: 'start',
          color: theme.text,
          fontWeight: 600,
          fontSize: 13,
          offset: 12,
        }
      : undefined,
    data: { values },
    encoding: {
      x: {
        field: 'q',
        type: 'quantitative',
        title: data.distanceLabel,
        scale: { domain: nQ > 1 && last > first ? [first, last] : [first - 1, first + 1] },
        axis:
          marks.length > 0
            ? {
                values: marks.map((m) => m.at),
                labelExpr: marks.reduceRight(
                  (rest, m) =>
                    `abs(datum.value - ${m.at}) < 1e-9 ? ${JSON.stringify(m.label)} : ${rest}`,
                  "''",
                ),
                labelFontSize: 11.5,
                labelColor: theme.text,
                labelFlush: false,
                labelOverlap: false,
                gridColor: theme.axis,
                gridOpacity: 0.7,
              }
            : { grid: false },
      },
      y: {
        field: 'e',
        type: 'quantitative',
        title: 'energy transfer (meV)',
        scale: { domain: [Math.min(0, bottom), top > 0 ? top * 1.04 : 1], nice: true },
      },
    },
    layer: [
      {
        mark: { type: 'line', strokeWidth: 0.8, color: theme.axis, opacity: 0.65 },
        encoding: { detail: { field: 'mode', type: 'nominal' } },
      },
      ...markers,
    ],
  };
  const strongestSaid = strongest > 0 ? `; intensities shown up to ${formatNumber(strongest)}` : '';
  return plotSvg(
    spec as unknown as TopLevelSpec,
    theme,
    `${data.title ?? 'Dispersion'}: ${nModes} modes at ${nQ} q, ${formatNumber(bottom)} to ${formatNumber(top)} meV${strongestSaid}`,
  );
}
