import { differenceScale, intensityScale } from '../colour/scale.js';
import type { BestMatch, MeasuredReport, TiledImage } from '../data/types.js';
import { imageFigure, type ImageFigure } from '../image/figure.js';
import { pairTileTarget } from '../image/geometry.js';
import { pageTheme } from '../image/theme.js';
import { html, type Markup, trusted } from '../markup/html.js';
import { formatCount, formatFixed, formatNumber } from '../markup/numbers.js';
import { scaledDifference } from '../statistics/difference.js';
import { type PageContext, parameterWords, squareRoot } from './context.js';
import { classChip, code, dataTable, factTable, figure, type Section } from './parts.js';
import { originWords } from './summary.js';

function scaled(image: TiledImage, factor: number): TiledImage {
  return { values: image.values.map((v) => v * factor), mask: image.mask };
}

function matchFacts(context: PageContext, match: BestMatch): Markup {
  const { label, colourClass, data } = context;
  const known = data.classes.find((c) => c.name === match.className)?.parameters ?? [];
  const units = new Map(known.map((p) => [p.name, p]));
  const rows = Object.entries(match.parameters).map(([name, value]) => {
    const parameter = units.get(name);
    return [
      name,
      formatNumber(value, 4),
      parameter ? formatNumber(parameter.value, 4) : '',
      parameter?.unit ?? '',
    ];
  });
  const candidates = match.candidates ?? [];
  return html`<div class="facts-block">
    <h3>The best-matching simulation</h3>
    ${factTable([
      ['Class', classChip(label(match.className), colourClass(match.className))],
      ['Correlation', formatFixed(match.correlation, 4)],
      ['Pixels compared', formatCount(match.pixels)],
      ['Compared how', match.definition],
      ...(match.row === undefined ? [] : [['Row of the plan', String(match.row)] as const]),
      ...(match.seed === undefined ? [] : [['Seed', match.seed] as const]),
    ])}
    ${
      rows.length > 0 &&
      dataTable(
        [
          { title: 'Parameter' },
          { title: 'this simulation', numeric: true },
          { title: 'model file', numeric: true },
          { title: 'unit' },
        ],
        rows,
      )
    }
    ${
      candidates.length > 0 &&
      dataTable(
        [{ title: 'Other comparisons' }, { title: 'correlation', numeric: true }],
        candidates.map((c) => [
          c.className === undefined ? c.label : classChip(c.label, colourClass(c.className)),
          formatFixed(c.correlation, 4),
        ]),
      )
    }
  </div>`;
}

function originFacts(context: PageContext, measured: MeasuredReport): Markup {
  const { origin } = measured;
  if (origin.kind === 'simulated-stand-in') {
    return html`<p class="warning"><b>Not a measurement.</b> A simulated image stands in for one.</p>
      ${factTable([
        ['Simulated as', context.label(origin.className)],
        ['Parameters', parameterWords(context, origin.className, origin.parameters)],
        ['Added', origin.added.join('; ') || 'nothing'],
        ['Seed', origin.seed],
      ])}`;
  }
  return factTable([
    ['What it is', originWords(context, origin)],
    ['File', code(origin.path)],
    ['sha256', code(origin.sha256)],
    ...(origin.stored === undefined ? [] : [['Stored as', origin.stored] as const]),
  ]);
}

/** The measured image beside its best-matching simulation, and what they differ by. */
export function measuredSection(context: PageContext): Section | undefined {
  const { data, label } = context;
  const { measured } = data;
  if (!measured) return undefined;
  const { image, bestMatch, quantity } = measured;
  const standIn = measured.origin.kind === 'simulated-stand-in';
  const difference = bestMatch && scaledDifference(image, bestMatch.image, bestMatch.scale);
  const simulation = bestMatch && difference && scaled(bestMatch.image, difference.scale);
  // One scale for both, so that equal colours are equal intensities.
  const scale = intensityScale(
    simulation ? [image, simulation] : [image],
    'viridis',
    'square-root',
  );
  const shown = squareRoot(quantity);
  const draw = (prefix: string, caption: Markup, parts: Partial<ImageFigure> & { alt: string }) => {
    const id = context.id(prefix);
    const svg = imageFigure({
      layout: data.layout,
      image,
      scale,
      quantity: shown,
      theme: pageTheme,
      id,
      tileTarget: pairTileTarget(data.layout),
      ...parts,
    });
    return figure(id, trusted(svg), caption);
  };
  const name = standIn ? 'Stand-in (simulated)' : 'Measured';
  return {
    id: 'measured',
    title: standIn ? 'The stand-in image' : 'The measured image',
    body: html`${originFacts(context, measured)}
      <div class="pair">
        ${draw('measured-image', html`<b>${name}.</b>`, { alt: `${name} image as tiles` })}
        ${
          bestMatch &&
          simulation &&
          difference &&
          html`${draw(
            'match',
            html`<b>Best-matching simulation</b>, ${label(bestMatch.className)}, times
              ${formatNumber(difference.scale)} (${
                bestMatch.scale === undefined
                  ? 'the least-squares factor over the pixels that both have'
                  : 'as given'
              }).`,
            {
              image: simulation,
              alt: `Best-matching simulation (${label(bestMatch.className)}) as tiles, on the colours of the image beside it`,
            },
          )}
          ${draw(
            'difference',
            html`<b>Difference</b>, ${name.toLowerCase()} minus simulation; red where the
              simulation is too weak, blue where it is too strong. Root mean square
              ${formatNumber(difference.rms)} over ${formatCount(difference.pixels)} pixels; linear scale.`,
            {
              image: difference.image,
              scale: differenceScale(difference.image),
              quantity: { label: 'difference', unit: quantity.unit },
              alt: `${name} minus best-matching simulation as tiles, red positive, blue negative`,
            },
          )}
          ${matchFacts(context, bestMatch)}`
        }
      </div>`,
  };
}
