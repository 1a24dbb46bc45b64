import { colourAt, textColourOn } from '../colour/maps.js';
import type { ColourScale } from '../colour/scale.js';
import { forEachPixelOfTile, type TileLayout, tileEnergyRangeMeV } from '../data/layout.js';
import type { Quantity, TiledImage } from '../data/types.js';
import { formatFixed, formatNumber, formatPercent, superscript } from '../markup/numbers.js';
import { svgElement, svgText, svgTitle } from '../markup/svg.js';
import { colourBar, tileFrame } from './frame.js';
import { type TileGeometry, tileGeometry } from './geometry.js';
import { encodeTilePixels, type Paint, paintValues, pngDataUri } from './pixels.js';
import type { FigureTheme } from './theme.js';

/** What every tile figure needs. */
interface FigureBase {
  readonly layout: TileLayout;
  /** Scale of the colour bar. */
  readonly scale: ColourScale;
  /** Name and unit of the coloured quantity, written along the colour bar. */
  readonly quantity: Quantity;
  /** What the figure shows, for those who cannot see it. */
  readonly alt: string;
  readonly theme: FigureTheme;
  /** Unique in the document; ids of gradients and patterns start with it. */
  readonly id: string;
  /** Width that a tile should have, figure pixels. */
  readonly tileTarget: number;
}

/** An image drawn as tiles. */
export interface ImageFigure extends FigureBase {
  readonly image: TiledImage;
  /** How pixels are coloured, where it is not simply `image` by `scale`. */
  readonly paint?: Paint;
  /** Copies of each pixel in the PNG inside; 1 where the viewer enlarges without smoothing. */
  readonly repeat?: number;
}

/** `0.25 to 0.40 Ei`, the words for a tile's place. */
export function tileName(layout: TileLayout, row: number, column: number): string {
  const { fromMeV, toMeV } = tileEnergyRangeMeV(layout, row, column);
  const ei = formatNumber(layout.rows[row].eiMeV);
  return `Ei ${ei} meV, energy transfer ${formatNumber(fromMeV)} to ${formatNumber(toMeV)} meV`;
}

/** `S(Q, E) (10⁻³ × 1/meV)`: the label of a colour bar whose ticks leave a power of ten out. */
export function withUnit({ label, unit }: Quantity, exponent = 0): string {
  const power = exponent === 0 ? '' : `10${superscript(exponent)}`;
  const parts = [power, unit].filter(Boolean).join(' × ');
  return parts ? `${label} (${parts})` : label;
}

function tileSummary(figure: ImageFigure, row: number, column: number): string {
  const { layout, image, quantity } = figure;
  let masked = 0;
  let sum = 0;
  let largest = -Infinity;
  forEachPixelOfTile(layout, row, column, (i) => {
    if (image.mask?.[i] === 1) {
      masked++;
      return;
    }
    sum += image.values[i];
    largest = Math.max(largest, image.values[i]);
  });
  const n = layout.tileRows * layout.tileCols;
  const name = tileName(layout, row, column);
  if (masked === n) return `${name}: no detector`;
  const unit = quantity.unit ? ` ${quantity.unit}` : '';
  const shown = `mean ${formatNumber(sum / (n - masked))}, largest ${formatNumber(largest)}${unit}`;
  return `${name}: ${shown}${masked > 0 ? `; ${formatPercent(masked / n, 0)} masked` : ''}`;
}

function forEachTile(layout: TileLayout, visit: (row: number, column: number) => string): string {
  return layout.rows
    .map((_, row) => layout.columns.map((__, column) => visit(row, column)).join(''))
    .join('');
}

function figureShell(figure: FigureBase, g: TileGeometry, content: string): string {
  const { theme, alt } = figure;
  const background = theme.background
    ? svgElement('rect', { width: g.width, height: g.height, fill: theme.background })
    : '';
  return svgElement(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width: g.width,
      height: g.height,
      viewBox: `0 0 ${g.width} ${g.height}`,
      role: 'img',
      'aria-label': alt,
      class: 'tiles',
      'font-family': theme.fontFamily,
    },
    background,
    content,
  );
}

function maskPattern(id: string, theme: FigureTheme): string {
  return svgElement(
    'pattern',
    { id, width: 5, height: 5, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    svgElement('rect', { width: 5, height: 5, fill: theme.maskFill }),
    svgElement('rect', { width: 1.2, height: 5, fill: theme.maskLine }),
  );
}

function maskLegend(g: TileGeometry, id: string, theme: FigureTheme): string {
  const y = g.top + g.gridHeight + 22;
  return (
    svgElement('rect', { x: g.bar - 46, y, width: 14, height: 10, fill: `url(#${id})` }) +
    svgText('no detector', { x: g.bar - 28, y: y + 9, fill: theme.muted, 'font-size': 10 })
  );
}

/**
 * An image as tiles with axes, energies and colour bar: SVG text with the pixels as a PNG inside.
 * Masked pixels are hatched. Each tile has a tooltip with its energies, mean and largest value.
 */
export function imageFigure(figure: ImageFigure): string {
  const { layout, image, scale, theme, id } = figure;
  const g = tileGeometry(layout, figure.tileTarget);
  const paint = figure.paint ?? paintValues(image, scale);
  const png = encodeTilePixels(layout, image.mask, paint, g.gapPixels, figure.repeat);
  const masked = image.mask?.includes(1) ?? false;
  const box = (row: number, column: number) => ({
    x: g.x(column),
    y: g.y(row),
    width: g.tileWidth,
    height: g.tileHeight,
  });
  const hatch = masked
    ? forEachTile(layout, (row, column) =>
        svgElement('rect', { ...box(row, column), fill: `url(#${id}-mask)` }),
      )
    : '';
  const pixels = svgElement('image', {
    x: g.left,
    y: g.top,
    width: g.gridWidth,
    height: g.gridHeight,
    href: pngDataUri(png),
    preserveAspectRatio: 'none',
    'image-rendering': 'optimizeSpeed',
    class: 'pixels',
  });
  const outlines = forEachTile(layout, (row, column) =>
    svgElement(
      'rect',
      { ...box(row, column), fill: 'none', 'pointer-events': 'all' },
      svgTitle(tileSummary(figure, row, column)),
    ),
  );
  return figureShell(
    figure,
    g,
    (masked ? maskPattern(`${id}-mask`, theme) : '') +
      tileFrame(layout, g, theme) +
      colourBar(scale, withUnit(figure.quantity, scale.exponent), g, theme, `${id}-bar`) +
      (masked ? maskLegend(g, `${id}-mask`, theme) : '') +
      hatch +
      pixels +
      outlines,
  );
}

/** One number a tile, drawn as a heat map with the tiles of an image figure. */
export interface CellFigure extends FigureBase {
  /** `[rows of tiles, columns of tiles]` row-major; NaN for a tile without any value. */
  readonly cells: Float32Array;
  /** Index of the tile to outline. */
  readonly outlined?: number;
}

/**
 * A heat map with one cell a tile, its value written in it (without the colour bar's power of
 * ten), aligned with `imageFigure`.
 */
export function cellFigure(figure: CellFigure): string {
  const { layout, scale, theme, cells } = figure;
  const g = tileGeometry(layout, figure.tileTarget);
  const columns = layout.columns.length;
  const unit = figure.quantity.unit ? ` ${figure.quantity.unit}` : '';
  const factor = 10 ** scale.exponent;
  const reach = Math.max(Math.abs(scale.low), Math.abs(scale.high)) / factor;
  const decimals = reach >= 100 ? 0 : reach >= 10 ? 1 : 2;
  const body = forEachTile(layout, (row, column) => {
    const index = row * columns + column;
    const value = cells[index];
    const valid = Number.isFinite(value);
    const position = valid ? scale.position(value) : 0;
    const said = valid ? `${formatNumber(value)}${unit}` : 'no value';
    const x = g.x(column);
    const y = g.y(row);
    const outlined = index === figure.outlined;
    return svgElement(
      'g',
      {},
      svgTitle(`${tileName(layout, row, column)}: ${said}`),
      svgElement('rect', {
        x,
        y,
        width: g.tileWidth,
        height: g.tileHeight,
        fill: valid ? colourAt(scale.table, position) : theme.maskFill,
        stroke: outlined ? theme.text : undefined,
        'stroke-width': outlined ? 2.5 : undefined,
      }),
      svgText(valid ? formatFixed(value / factor, decimals) : '–', {
        x: x + g.tileWidth / 2,
        y: y + g.tileHeight / 2 + 4,
        fill: valid ? textColourOn(scale.table, position) : theme.muted,
        'font-size': 10.5,
        'font-weight': outlined ? 700 : undefined,
        'text-anchor': 'middle',
      }),
    );
  });
  // Cells have no pixels, so no momentum ticks: only the energies are axes here.
  return figureShell(
    figure,
    g,
    tileFrame(layout, g, theme, { momentum: false }) +
      colourBar(scale, withUnit(figure.quantity, scale.exponent), g, theme, `${figure.id}-bar`) +
      body,
  );
}
