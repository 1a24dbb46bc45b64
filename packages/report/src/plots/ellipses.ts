import type { TopLevelSpec } from 'vega-lite';
import { ReportError } from '../errors.js';
import { printPlotTheme as theme } from './theme.js';
import { plotSvg } from './vega.js';

/** Closed outlines and open lines over a plane. */
export interface EllipsePlotData {
  readonly title?: string;
  /** Second line of the title, smaller. */
  readonly subtitle?: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Ends of the two axes. */
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  /** Each `[points, 2]`, closed by the plot; `marked` ones stand out and carry their centre. */
  readonly outlines: readonly { readonly points: ArrayLike<number>; readonly marked?: boolean }[];
  /** Limits drawn as thin lines, `[points, 2]`. */
  readonly lines?: readonly ArrayLike<number>[];
  /** What the picture shows, for those who cannot see it. */
  readonly alt: string;
}

function check(data: EllipsePlotData): void {
  const all = [...data.outlines.map((o) => o.points), ...(data.lines ?? [])];
  const bad = all.find(
    (points) => points.length % 2 === 1 || Array.from(points).some((v) => !Number.isFinite(v)),
  );
  if (!bad && data.x[1] > data.x[0] && data.y[1] > data.y[0]) return;
  throw new ReportError({
    code: 'PICTURE_INVALID',
    what: 'ellipses cannot be plotted',
    where: bad ? 'outlines, lines' : 'x, y',
    got: bad ? 'an odd number of values, or one that is not finite' : 'an empty axis',
    expected: 'pairs of finite numbers, and axes from a lower to a higher end',
    next: 'pass arrays [points, 2]',
  });
}

/**
 * Outlines over a plane as a stand-alone SVG, dark on white: half-maximum ellipses of a resolution.
 * @throws ReportError PICTURE_INVALID
 */
export function ellipsesSvg(data: EllipsePlotData): string {
  check(data);
  const rows = (points: ArrayLike<number>, id: number, close: boolean) => {
    const n = points.length / 2;
    return Array.from({ length: close ? n + 1 : n }, (_, i) => ({
      x: points[2 * (i % n)],
      y: points[2 * (i % n) + 1],
      i,
      id,
    }));
  };
  const curves = (marked: boolean) =>
    data.outlines.flatMap((o, id) =>
      (o.marked ?? false) === marked ? rows(o.points, id, true) : [],
    );
  const centres = data.outlines
    .filter((o) => o.marked)
    .map(({ points }) => {
      const n = points.length / 2;
      let [x, y] = [0, 0];
      for (let i = 0; i < n; i++) {
        x += points[2 * i] / n;
        y += points[2 * i + 1] / n;
      }
      return { x, y };
    });
  const lines = (data.lines ?? []).flatMap((points, id) => rows(points, id, false));
  const mark = (colour: string, width: number, dash?: number[]) => ({
    type: 'line',
    color: colour,
    strokeWidth: width,
    clip: true,
    ...(dash ? { strokeDash: dash } : {}),
  });
  const path = { order: { field: 'i' }, detail: { field: 'id', type: 'nominal' } };
  const spec = {
    width: 640,
    height: 420,
    title: data.title
      ? {
          text: data.title,
          subtitle: data.subtitle,
          anchor: 'start',
          color: theme.text,
          subtitleColor: theme.muted,
          fontWeight: 600,
          fontSize: 13,
          subtitleFontSize: 10.5,
          subtitlePadding: 5,
          offset: 12,
        }
      : undefined,
    encoding: {
      x: {
        field: 'x',
        type: 'quantitative',
        title: data.xLabel,
        scale: { domain: data.x, nice: false },
      },
      y: {
        field: 'y',
        type: 'quantitative',
        title: data.yLabel,
        scale: { domain: data.y, nice: false },
      },
    },
    layer: [
      { data: { values: lines }, mark: mark(theme.axis, 1, [4, 3]), encoding: path },
      { data: { values: curves(false) }, mark: mark(theme.series[1], 1.2), encoding: path },
      { data: { values: curves(true) }, mark: mark(theme.accent, 1.8), encoding: path },
      {
        data: { values: centres },
        mark: { type: 'point', filled: true, size: 10, opacity: 1, color: theme.accent },
      },
    ],
  };
  return plotSvg(spec as unknown as TopLevelSpec, theme, data.alt);
}
