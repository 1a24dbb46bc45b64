import { colourScale, differenceScale } from '../colour/scale.js';
import { tileEnergyRangeMeV } from '../data/layout.js';
import type { PlacesReport } from '../data/places.js';
import { cellFigure, imageFigure } from '../image/figure.js';
import { intensityScale } from '../colour/scale.js';
import { pairTileTarget } from '../image/geometry.js';
import { pageTheme } from '../image/theme.js';
import { html, type Markup, trusted } from '../markup/html.js';
import { formatFixed, formatNumber } from '../markup/numbers.js';
import { codesPlot } from '../plots/codes.js';
import { linesPlot } from '../plots/lines.js';
import type { PageContext } from './context.js';
import { dataTable, figure, type Section } from './parts.js';

type TileMap = PlacesReport['maps'][number];

function strongestOf({ tiles }: TileMap): number {
  let best = -1;
  tiles.forEach((v, i) => {
    if (v !== null && (best < 0 || Math.abs(v) > Math.abs(tiles[best]!))) best = i;
  });
  return best;
}

function tileWords({ data: { layout } }: PageContext, tile: number): string {
  const columns = layout.columns.length;
  const row = Math.floor(tile / columns);
  const { fromMeV, toMeV } = tileEnergyRangeMeV(layout, row, tile % columns);
  return `Ei ${formatNumber(layout.rows[row].eiMeV)} meV, ${formatNumber(fromMeV)} to ${formatNumber(toMeV)} meV`;
}

function mapFigure(context: PageContext, map: TileMap): Markup {
  const { layout } = context.data;
  const cells = Float32Array.from(map.tiles, (v) => v ?? NaN);
  const known = cells.filter(Number.isFinite);
  const signed = known.some((v) => v < 0);
  const strongest = strongestOf(map);
  const id = context.id('places');
  return figure(
    id,
    trusted(
      cellFigure({
        layout,
        cells,
        ...(strongest >= 0 && known.some((v) => v !== 0) ? { outlined: strongest } : {}),
        scale: signed
          ? differenceScale({ values: known }, 'evidence')
          : colourScale({
              low: 0,
              high: known.reduce((a, b) => Math.max(a, b), 0),
              map: 'activation',
            }),
        quantity: { label: map.name, unit: '' },
        alt: `${map.name}, one number a tile; strongest ${strongest >= 0 ? tileWords(context, strongest) : 'none'}`,
        theme: pageTheme,
        id,
        tileTarget: pairTileTarget(layout),
      }),
    ),
    html`<b>${map.name}</b>: ${map.what}.${strongest >= 0 && ` Strongest: ${tileWords(context, strongest)}.`}`,
  );
}

function agreementTable(context: PageContext): Markup | undefined {
  const { data } = context;
  const { agreement, maps } = data.places!;
  if (agreement.length === 0) return undefined;
  const tiles = maps[0]!.tiles.filter((v) => v !== null).length;
  // Of Spearman's correlation of two random orders of n.
  const chance = 1 / Math.sqrt(Math.max(1, tiles - 1));
  return html`<h3>Do they look at the same place?</h3>
    ${answer(context, chance)}
    ${dataTable(
      [
        { title: 'Map' },
        { title: 'against' },
        { title: 'rank correlation of tiles', numeric: true },
        { title: 'same strongest tile' },
        { title: 'of the first five, shared', numeric: true },
        { title: 'shared by chance', numeric: true },
      ],
      agreement.map((a) => [
        a.of,
        a.with,
        a.rankCorrelation === null ? 'none' : formatFixed(a.rankCorrelation, 2),
        a.sameTop ? 'yes' : 'no',
        String(a.sharedTopFive),
        formatFixed(a.sharedByChance, 1),
      ]),
    )}
    <p class="small">Spearman’s rank correlation of the magnitudes: 1 is the same order of tiles, 0 none
      to do with each other; of random orders it is 0 ± ${formatFixed(chance, 2)}.</p>`;
}

/** The answer in one sentence, from the two maps that can be compared. */
function answer({ data }: PageContext, chance: number): Markup | undefined {
  const { agreement, compared } = data.places!;
  if (!compared) return undefined;
  const pair = agreement.find((a) => compared.includes(a.of) && compared.includes(a.with));
  if (pair?.rankCorrelation === null || pair === undefined) return undefined;
  const { rankCorrelation: r } = pair;
  const words =
    r > 3 * chance
      ? 'In general they do'
      : r > chance
        ? 'In general they do in part'
        : 'In general they do not';
  return html`<p class="prose"><b>${words}</b>: ${compared[0]} against ${compared[1]} has a rank correlation
    of ${formatFixed(r, 2)} (${pair.sharedTopFive} of the first five tiles shared). Only these two ask the
    same question: both are of many images, under the same noise. The other maps of the network are of
    the one measured image, in which a tile may speak for either class or not at all, whatever it does on
    average.</p>`;
}

function checks(context: PageContext): Markup {
  const { completeness, cascade, curves, published } = context.data.places!;
  return html`${
    published &&
    html`<p class="prose"><b>A published answer.</b> ${published.what}: ${tileWords(context, published.tile)}. Its place here, of
        all tiles: ${Object.entries(published.places)
          .map(([name, place]) => `${name} ${place}`)
          .join(', ')}.</p>`
  }${
    completeness &&
    html`<p class="prose">The integrated gradients add up to ${formatNumber(completeness.sum, 4)}; the
        score changes by ${formatNumber(completeness.difference, 4)} from
        ${completeness.from ?? 'an empty image'} to this one (${completeness.steps} steps).</p>`
  }
    <div class="pair">${
      cascade &&
      figure(
        context.id('cascade'),
        trusted(
          linesPlot(
            [
              {
                name: 'mean',
                points: [
                  [0, 1] as const,
                  ...cascade.steps.map((s, i) => [i + 1, s.rankCorrelation] as const),
                ],
              },
            ],
            {
              x: { title: 'layers with fresh weights, from the last one on' },
              y: { title: 'rank correlation with the map', domain: [-1, 1] },
              alt: 'Rank correlation of the activation map with that of a network with fresh weights',
              places: ['none', ...cascade.steps.map((s) => s.layer)],
            },
          ),
        ),
        html`<b>Fresh weights.</b> The map must fall apart as what was learnt is taken away, layer by
          layer; mean of ${cascade.repeats} draws. ${cascade.warnings.join(' ')}`,
      )
    }${
      curves &&
      figure(
        context.id('curves'),
        trusted(
          linesPlot(
            [
              {
                name: 'deletion',
                points: curves.deletion.parts.map(
                  (p, i) => [p, curves.deletion.scores[i]] as const,
                ),
              },
              {
                name: 'insertion',
                points: curves.insertion.parts.map(
                  (p, i) => [p, curves.insertion.scores[i]] as const,
                ),
              },
            ],
            {
              x: { title: 'part of the tiles covered, or shown', percent: true },
              y: { title: 'score of the class' },
              alt: 'Score as tiles are covered or shown, most important first',
            },
          ),
        ),
        html`<b>Deletion and insertion</b> in the order of occlusion. Areas: deletion
          ${number(curves.deletion.area)} (random orders ${number(curves.deletion.randomArea)} ±
          ${number(curves.deletion.randomSpread)}), insertion ${number(curves.insertion.area)} (random
          ${number(curves.insertion.randomArea)} ± ${number(curves.insertion.randomSpread)}).`,
      )
    }</div>`;
}

const number = (v: number | null): string => (v === null ? 'none' : formatFixed(v, 2));

/** Where the network looked, asked in several ways, beside what physics says. */
export function placesSection(context: PageContext): Section | undefined {
  const { places } = context.data;
  if (!places || places.maps.length === 0) return undefined;
  const warnings = places.maps.flatMap((m) => m.warnings);
  return {
    id: 'places',
    title: 'Network and physics, tile by tile',
    body: html`<p class="prose">Several ways to ask which tiles (incident energy by energy transfer) speak
      for ${context.label(places.className)}, and what the spectra themselves say: how well a pixel of
      that tile tells the two models apart over all draws of their parameters, with the noise of counting
      and no network. Maps of the measured image say what this image does; those of many simulated images
      say where the network, and physics, look in general.</p>
      ${warnings.map((w) => html`<p class="warning">${w}</p>`)}
      <div class="pair">${places.maps.map((m) => mapFigure(context, m))}</div>
      ${agreementTable(context)}
      ${checks(context)}`,
  };
}

/** What the network has learnt: codes, the images its classes answer to, its first layer. */
export function learntSection(context: PageContext): Section | undefined {
  const { learnt, layout, measured } = context.data;
  if (!learnt) return undefined;
  const { codes, maximal, listened } = learnt;
  if (!codes && maximal.length === 0 && !listened) return undefined;
  const mask = measured?.image.mask;
  return {
    id: 'learnt',
    title: 'What the network has learnt',
    body: html`<div class="pair">
      ${
        codes &&
        figure(
          context.id('codes'),
          trusted(codesPlot(codes.points)),
          html`<b>Codes.</b> Each point is an image as the last layer before the classes sees it
            (${codes.method}). Near means alike; distances between groups and the axes mean nothing.`,
        )
      }
      ${maximal.map(({ className, values }) => {
        const id = context.id('maximal');
        const image = { values, ...(mask ? { mask } : {}) };
        return figure(
          id,
          trusted(
            imageFigure({
              layout,
              image,
              scale: intensityScale([image], 'viridis', 'square-root'),
              quantity: { label: 'intensity as the network takes it', unit: '' },
              alt: `The image that the network’s ${context.label(className)} answers to most`,
              theme: pageTheme,
              id,
              tileTarget: pairTileTarget(layout),
            }),
          ),
          html`<b>What ${context.label(className)} answers to most</b>: gradient ascent on the network’s
            input from noise, at a fixed mean square. It need not look like a spectrum: where it does not,
            the network goes by something else.`,
        );
      })}
      ${
        listened &&
        mapFigure(context, {
          name: `strength of ${listened.layer}`,
          what: `root mean square of the weights of each tile, mean over ${listened.filters} filters`,
          tiles: listened.strength,
          warnings: [],
        })
      }
    </div>`,
  };
}
