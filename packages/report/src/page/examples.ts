import { imageFigure, tileName } from '../image/figure.js';
import { pairTileTarget } from '../image/geometry.js';
import { pageTheme } from '../image/theme.js';
import { html, type Markup, trusted } from '../markup/html.js';
import { formatNumber } from '../markup/numbers.js';
import { imageShape } from '../data/layout.js';
import type { ExampleImage } from '../data/types.js';
import { type PageContext, parameterWords } from './context.js';
import { classChip, figure, type Section } from './parts.js';

/** Examples drawn of each class, and of all; more would make the page heavy and say no more. */
const MOST_PER_CLASS = 4;
const MOST_EXAMPLES = 24;

function exampleFigure(context: PageContext, example: ExampleImage): Markup {
  const { data, label, colourClass } = context;
  const id = context.id('example');
  const svg = imageFigure({
    layout: data.layout,
    image: example.image,
    scale: context.simulatedScale,
    quantity: context.simulatedQuantity,
    alt: `Simulated image, class ${label(example.className)}: ${data.layout.rows.length} rows of tiles by incident energy, ${data.layout.columns.length} columns by energy transfer`,
    theme: pageTheme,
    id,
    tileTarget: pairTileTarget(data.layout),
  });
  return figure(
    id,
    trusted(svg),
    html`${classChip(label(example.className), colourClass(example.className))}
      ${example.row !== undefined && `row ${example.row}, `}${
        example.seed !== undefined && `seed ${example.seed}, `
      }${parameterWords(context, example.className, example.parameters)}`,
  );
}

/** Simulated images of each class, side by side. */
export function examplesSection(context: PageContext): Section | undefined {
  const { data } = context;
  if (data.examples.length === 0) return undefined;
  const perClass = Math.min(
    MOST_PER_CLASS,
    Math.max(1, Math.floor(MOST_EXAMPLES / data.classes.length)),
  );
  const byClass = data.classes.map((c) =>
    data.examples.filter((e) => e.className === c.name).slice(0, perClass),
  );
  const most = Math.max(...byClass.map((list) => list.length));
  const figures: Markup[] = [];
  for (let i = 0; i < most; i++) {
    for (const list of byClass) if (list[i]) figures.push(exampleFigure(context, list[i]));
  }
  const [rows, cols] = imageShape(data.layout);
  const { tileRows, tileCols, horizontal, vertical } = data.layout;
  return {
    id: 'examples',
    title: 'Simulated images',
    body: html`<p class="prose">An image is ${rows} × ${cols} pixels: one row of tiles an incident
      energy, one column a slice of energy transfer, each tile a ${tileRows} × ${tileCols} map of
      ${vertical.label} (from ${formatNumber(vertical.first)} at the top to ${formatNumber(vertical.last)} at the bottom) and
      ${horizontal.label} (from ${formatNumber(horizontal.first)} at the left to ${formatNumber(horizontal.last)} at the right).
      The tile at the top left is ${tileName(data.layout, 0, 0)}; point at any tile to read its own.
      All simulated images share one colour scale, on which brightness follows the square root of the
      intensity, so that weak modes stay visible; its upper end is the value that
      995 of 1000 pixels do not reach. Hatched pixels have no detector.</p>
      <div class="pair">${figures}</div>`,
  };
}
