import { colourScale, differenceScale, intensityScale } from '../colour/scale.js';
import { imageShape, tileEnergyRangeMeV } from '../data/layout.js';
import { cellFigure, imageFigure } from '../image/figure.js';
import { paintOverlay, resampleBilinear } from '../image/overlay.js';
import { pairTileTarget } from '../image/geometry.js';
import { pageTheme } from '../image/theme.js';
import { html, trusted } from '../markup/html.js';
import { formatFixed, formatNumber } from '../markup/numbers.js';
import type { PageContext } from './context.js';
import { dataTable, figure, type Section } from './parts.js';

const TOP_TILES = 5;

/** Tiles that have a mean, by falling mean; ties keep the order of the layout. */
function rankedTiles(means: Float32Array): number[] {
  return [...means.keys()]
    .filter((tile) => Number.isFinite(means[tile]))
    .sort((a, b) => means[b] - means[a] || a - b);
}

/** Where the network looked: the activation map over the image, and its mean in each tile. */
export function activationSection(context: PageContext): Section | undefined {
  const { data, label } = context;
  const { measured, layout } = data;
  const activation = measured?.activation;
  if (!measured || !activation) return undefined;
  const [rows, cols] = imageShape(layout);
  const map = resampleBilinear(activation.map, activation.shape, rows, cols);
  const highest = map.reduce((a, b) => Math.max(a, b), 0);
  const ranked = rankedTiles(activation.tileMeans);
  const empty = ranked.length === 0 || activation.map.every((v) => v === 0);
  const mask = measured.image.mask;
  const tintScale = activation.signed
    ? differenceScale({ values: map, mask }, 'evidence')
    : colourScale({ low: 0, high: highest, map: 'activation' });
  const known = activation.tileMeans.filter(Number.isFinite);
  const meanScale = activation.signed
    ? differenceScale({ values: known }, 'evidence')
    : colourScale({ low: 0, high: known.reduce((a, b) => Math.max(a, b), 0), map: 'activation' });
  const columns = layout.columns.length;
  const range = (tile: number) =>
    tileEnergyRangeMeV(layout, Math.floor(tile / columns), tile % columns);
  const ei = (tile: number) => formatNumber(layout.rows[Math.floor(tile / columns)].eiMeV);
  const strongest = ranked[0] ?? 0;
  const between = (tile: number) => {
    const { fromMeV, toMeV } = range(tile);
    return `${formatNumber(fromMeV)} to ${formatNumber(toMeV)}`;
  };
  const overlayId = context.id('activation');
  const meansId = context.id('tile-means');
  const overlay = imageFigure({
    layout,
    image: { values: map, mask },
    paint: paintOverlay(
      measured.image.values,
      intensityScale([measured.image], 'grey', 'square-root'),
      map,
      tintScale,
    ),
    scale: tintScale,
    quantity: { label: activation.method, unit: '' },
    alt: `${activation.method} for ${label(activation.className)} laid over the image; strongest tile Ei ${ei(strongest)} meV, ${between(strongest)} meV`,
    theme: pageTheme,
    id: overlayId,
    tileTarget: pairTileTarget(layout),
  });
  const means = cellFigure({
    layout,
    cells: activation.tileMeans,
    outlined: empty ? undefined : strongest,
    scale: meanScale,
    quantity: { label: `mean ${activation.method}`, unit: '' },
    alt: `Mean ${activation.method} of each tile as a heat map; strongest tile Ei ${ei(strongest)} meV, ${between(strongest)} meV`,
    theme: pageTheme,
    id: meansId,
    tileTarget: pairTileTarget(layout),
  });
  const warnings = [
    ...(activation.warnings ?? []),
    ...(empty
      ? ['The map is zero everywhere: it says nothing about where the network looked.']
      : []),
  ];
  return {
    id: 'activation',
    title: 'Where the network looked',
    body: html`<p class="prose">${activation.method} for the class ${label(activation.className)}${
      activation.layer !== undefined && `, at layer ${activation.layer}`
    }; the map has ${activation.shape[0]} × ${activation.shape[1]} values, drawn smoothly over the image.
      ${
        activation.signed
          ? 'Orange speaks for the class, purple against it.'
          : 'Only what speaks for the class is shown.'
      }${
        !empty &&
        html` Its mean is largest in the tile <b>Ei ${ei(strongest)} meV, energy transfer
          ${between(strongest)} meV</b>.`
      } The map shows what raised this network’s score, which need not be what distinguishes the models
      in the physics.</p>
      ${warnings.map((text) => html`<p class="warning">${text}</p>`)}
      <div class="pair">
        ${figure(
          overlayId,
          trusted(overlay),
          html`<b>Map over the image.</b> Tint: ${activation.method}; darkness: the image’s intensity.`,
        )}
        ${figure(
          meansId,
          trusted(means),
          html`<b>Mean of the map in each tile</b>${!empty && '; the strongest is outlined'}.`,
        )}
      </div>
      ${
        !empty &&
        html`<div class="narrow">${dataTable(
          [
            { title: 'Strongest tiles' },
            { title: 'Ei (meV)', numeric: true },
            { title: 'energy transfer (meV)', numeric: true },
            { title: 'of Ei', numeric: true },
            { title: `mean ${activation.method}`, numeric: true },
          ],
          ranked
            .slice(0, TOP_TILES)
            .map((tile, i) => [
              `${i + 1}`,
              ei(tile),
              between(tile),
              `${formatFixed(layout.columns[tile % columns].fromFraction, 2)} to ${formatFixed(layout.columns[tile % columns].toFraction, 2)}`,
              formatNumber(activation.tileMeans[tile]),
            ]),
        )}</div>`
      }`,
  };
}
