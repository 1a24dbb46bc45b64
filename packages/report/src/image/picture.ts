import { type ColourMapName, colourMapNames } from '../colour/maps.js';
import { colourScale, intensityScale, type ScaleKind } from '../colour/scale.js';
import { imageProblems } from '../data/check.js';
import { imageShape, type TileLayout } from '../data/layout.js';
import { layoutSchema } from '../data/schema.js';
import type { Quantity } from '../data/types.js';
import { ReportError } from '../errors.js';
import { formatNumber } from '../markup/numbers.js';
import { svgElement, svgText } from '../markup/svg.js';
import { imageFigure } from './figure.js';
import { rasteriseSvg } from './rasterise.js';
import { printTheme } from './theme.js';

/** How an image is drawn. */
export interface ImagePictureOptions {
  /** 1 = no detector; the image's shape. */
  readonly mask?: Uint8Array;
  /** Name and unit of the pixels. Default: `S(Q, E)` without a unit. */
  readonly quantity?: Quantity;
  /** Line above the tiles: model, parameters. */
  readonly title?: string;
  /** Default `viridis`. */
  readonly colourMap?: ColourMapName;
  /** Default `linear`. */
  readonly scale?: ScaleKind;
  /** Ends of the colour scale. Default: 0 to the 99.5 % quantile of the pixels not masked. */
  readonly range?: readonly [number, number];
  /** Width of a tile in figure pixels, before `zoom`. Default 80. */
  readonly tileWidth?: number;
  /** Picture pixels a figure pixel, for print. Default 2. */
  readonly zoom?: number;
}

const TITLE_HEIGHT = 30;
const MARGIN = 12;

function invalid(what: string, where: string, got: string, expected: string, next: string): never {
  throw new ReportError({ code: 'PICTURE_INVALID', what, where, got, expected, next });
}

function checkOptions(image: Float32Array, layout: TileLayout, options: ImagePictureOptions): void {
  const parsed = layoutSchema.safeParse(layout);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    invalid(
      'the layout of a picture is not valid',
      issue.path.map(String).join('.') || 'layout',
      issue.message,
      'a TileLayout',
      'mend the layout',
    );
  }
  const [problem] = imageProblems(layout, { values: image, mask: options.mask }, 'image');
  if (problem) {
    const [rows, cols] = imageShape(layout);
    invalid(
      'an image cannot be drawn',
      problem.path,
      problem.problem,
      `${rows} x ${cols} finite pixels`,
      'give the layout the image was made with, and mask pixels without a value',
    );
  }
  const { colourMap, range, zoom = 2, tileWidth = 80 } = options;
  if (colourMap && !colourMapNames.includes(colourMap)) {
    invalid(
      'there is no such colour map',
      'colourMap',
      String(colourMap),
      colourMapNames.join(', '),
      'name one of these',
    );
  }
  if (range && !(Number.isFinite(range[0]) && Number.isFinite(range[1]) && range[1] > range[0])) {
    invalid(
      'the ends of the colour scale are not usable',
      'range',
      `[${range.join(', ')}]`,
      'two finite numbers, the second larger',
      'leave range out to take it from the image',
    );
  }
  if (!(zoom > 0 && zoom <= 8) || !(tileWidth >= 16 && tileWidth <= 512)) {
    invalid(
      'the size of a picture is not usable',
      'zoom, tileWidth',
      `zoom ${zoom}, tileWidth ${tileWidth}`,
      'zoom above 0 to 8, tileWidth 16 to 512',
      'choose a size in these limits',
    );
  }
}

/**
 * An image of a layout as a stand-alone SVG: tiles with axes, energies and colour bar, dark on
 * white. Masked pixels are hatched.
 * @param image `[rows, columns]` row-major, the layout's shape
 * @throws ReportError PICTURE_INVALID
 */
export function renderImageSvg(
  image: Float32Array,
  layout: TileLayout,
  options: ImagePictureOptions = {},
): string {
  checkOptions(image, layout, options);
  const { mask, title, range, colourMap = 'viridis', scale: kind = 'linear' } = options;
  const tiled = { values: image, mask };
  const scale = range
    ? colourScale({
        low: range[0],
        high: range[1],
        kind: range[0] < 0 ? 'linear' : kind,
        map: colourMap,
        clippedLow: image.some((v, i) => mask?.[i] !== 1 && v < range[0]),
        clippedHigh: image.some((v, i) => mask?.[i] !== 1 && v > range[1]),
      })
    : intensityScale([tiled], colourMap, kind);
  const quantity = options.quantity ?? { label: 'S(Q, E)', unit: '' };
  const figure = imageFigure({
    layout,
    image: tiled,
    scale,
    quantity,
    alt: `${title ?? 'Image'}: ${layout.rows.length} incident energies by ${layout.columns.length} energy slices; colours from ${formatNumber(scale.low)} to ${formatNumber(scale.high)}`,
    theme: printTheme,
    id: 'image',
    tileTarget: options.tileWidth ?? 80,
    repeat: 4,
  });
  const size = /width="([\d.]+)" height="([\d.]+)"/.exec(figure)!;
  const top = MARGIN + (title ? TITLE_HEIGHT : 0);
  const width = Number(size[1]) + 2 * MARGIN;
  const height = Number(size[2]) + top + MARGIN;
  return svgElement(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      'font-family': printTheme.fontFamily,
    },
    svgElement('rect', { width, height, fill: printTheme.background }),
    title
      ? svgText(title, { x: MARGIN, y: MARGIN + 15, 'font-size': 15, fill: printTheme.text })
      : '',
    svgElement('g', { transform: `translate(${MARGIN} ${top})` }, figure),
  );
}

/**
 * An image of a layout as a PNG, drawn as `renderImageSvg` draws it. At the default sizes a
 * 240 x 400 image of 6 x 10 tiles makes a picture of about 2150 x 1300 pixels.
 * @param image `[rows, columns]` row-major, the layout's shape
 * @throws ReportError PICTURE_INVALID, RASTERISER_MISSING
 */
export async function renderImagePng(
  image: Float32Array,
  layout: TileLayout,
  options: ImagePictureOptions = {},
): Promise<Uint8Array> {
  return rasteriseSvg(renderImageSvg(image, layout, options), options.zoom ?? 2);
}
