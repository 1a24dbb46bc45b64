import { scaleLinear, scalePow } from 'd3-scale';
import type { TiledImage } from '../data/types.js';
import { quantile, sortedUnmasked } from '../statistics/unmasked.js';
import { type ColourMapName, type ColourTable, colourTable } from './maps.js';

/** How values become positions along a colour map. */
export type ScaleKind = 'linear' | 'square-root';

/** From values to colours, with what a colour bar needs to say. */
export interface ColourScale {
  readonly low: number;
  readonly high: number;
  readonly kind: ScaleKind;
  readonly table: ColourTable;
  /** True where values below `low` (above `high`) exist and take the end's colour. */
  readonly clippedLow: boolean;
  readonly clippedHigh: boolean;
  /** Power of ten that the ticks' texts leave out, so that they stay short; 0 for ordinary sizes. */
  readonly exponent: number;
  /** Position 0..1 of a value along the map; values outside take the ends. */
  position(value: number): number;
  /** Round values with their position, and their text without `10^exponent`. */
  ticks(count: number): { value: number; position: number; text: string }[];
}

/** What a colour scale is made from. */
export interface ColourScaleOptions {
  readonly low: number;
  readonly high: number;
  /** Default `linear`. `square-root` needs `low >= 0`, and shows weak and strong features at once. */
  readonly kind?: ScaleKind;
  readonly map: ColourMapName;
  readonly clippedLow?: boolean;
  readonly clippedHigh?: boolean;
}

/** A colour scale over `[low, high]`. An empty interval is widened so that it has ticks. */
export function colourScale(options: ColourScaleOptions): ColourScale {
  const { low, map, kind = 'linear', clippedLow = false, clippedHigh = false } = options;
  const high = options.high > low ? options.high : low + (Math.abs(low) || 1);
  const reach = Math.max(Math.abs(low), Math.abs(high));
  const exponent = reach < 1e-2 || reach >= 1e5 ? Math.floor(Math.log10(reach)) : 0;
  const factor = 10 ** exponent;
  const over = (ends: readonly [number, number]) =>
    (kind === 'linear' ? scaleLinear() : scalePow().exponent(0.5))
      .domain(ends)
      .range([0, 1])
      .clamp(true);
  const scale = over([low, high]);
  const shown = over([low / factor, high / factor]);
  return {
    low,
    high,
    kind,
    table: colourTable(map),
    clippedLow,
    clippedHigh,
    exponent,
    position: (value) => scale(value),
    ticks: (count) => {
      const format = shown.tickFormat(count);
      return shown
        .ticks(count)
        .map((v) => ({ value: v * factor, position: shown(v), text: format(v) }));
    },
  };
}

/** The part of an image's values that the colours spread over; the rest takes the end's colour. */
export const SHOWN_FRACTION = 0.995;

/**
 * A sequential scale for images that are to be compared: from 0 (or the lowest value, if negative)
 * to the largest of the images' 99.5 % quantiles.
 */
export function intensityScale(
  images: readonly TiledImage[],
  map: ColourMapName = 'viridis',
  kind: ScaleKind = 'linear',
): ColourScale {
  let low = 0;
  let high = 0;
  let lowest = Infinity;
  let highest = -Infinity;
  for (const image of images) {
    const sorted = sortedUnmasked(image);
    if (sorted.length === 0) continue;
    lowest = Math.min(lowest, sorted[0]);
    highest = Math.max(highest, sorted[sorted.length - 1]);
    low = Math.min(low, quantile(sorted, 1 - SHOWN_FRACTION));
    high = Math.max(high, quantile(sorted, SHOWN_FRACTION));
  }
  if (high <= low) high = Math.max(highest, low);
  return colourScale({
    low,
    high,
    map,
    kind: low < 0 ? 'linear' : kind,
    clippedLow: lowest < low,
    clippedHigh: highest > high,
  });
}

/** A diverging scale, symmetric about zero, to the 99.5 % quantile of the absolute values. */
export function differenceScale(image: TiledImage, map: ColourMapName = 'difference'): ColourScale {
  const sorted = sortedUnmasked({ values: image.values.map(Math.abs), mask: image.mask });
  const largest = sorted.length > 0 ? sorted[sorted.length - 1] : 0;
  const reach = quantile(sorted, SHOWN_FRACTION) || largest || 1;
  return colourScale({
    low: -reach,
    high: reach,
    map,
    clippedLow: largest > reach,
    clippedHigh: largest > reach,
  });
}
