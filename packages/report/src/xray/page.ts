import { html, type Markup, trusted } from '../markup/html.js';
import { formatFixed, formatNumber, formatPercent, formatSeconds } from '../markup/numbers.js';
import { framePage, type Section } from '../page/frame.js';
import { dataTable, factTable, figure } from '../page/parts.js';
import { meanOf, methodOrder, methodTitles, spreadOf } from './names.js';
import { basisPlot, readBackPlot, rhoPlot, spectrumPlot } from './plots.js';
import { sliceSvg } from './slices.js';
import { surfaceStyle, volumeSvg } from './surfaces.js';
import type { XrayReportData, XrayTargetReport } from './types.js';

const scalingWords = {
  global: 'one global scale of the spectra',
  point: 'every grid point scaled by itself',
} as const;

/**
 * The report of a structure-to-spectrum pipeline as one HTML page that needs nothing else: no
 * script, no request, light or dark as the reader's system is.
 * @throws ReportError REPORT_TOO_LARGE
 */
export function renderXrayReport(data: XrayReportData): string {
  const parts: Section[] = [
    summary(data),
    ...data.targets.map((target) => targetPart(target, data)),
    provenance(data),
  ];
  return framePage({
    ...data,
    sections: parts,
    ownStyle,
    shrink: 'take fewer points in landscape.slice and landscape.volume of the preset',
  });
}

const ownStyle = `
.grid { display: flex; flex-wrap: wrap; gap: 18px 16px; align-items: start; margin: 10px 0 16px; }
.grid figure { max-width: 100%; }
.grid figcaption { width: 0; min-width: 100%; }
${surfaceStyle}`;

/** rho of a method and number of components: mean and spread over seeds. */
function rhoText(target: XrayTargetReport, method: string, components: number): string {
  const score = target.scores.find((s) => s.method === method && s.components === components);
  if (!score) return '';
  const mean = formatFixed(meanOf(score.rho), 3);
  return score.rho.length > 1 ? `${mean} ± ${formatFixed(spreadOf(score.rho), 3)}` : mean;
}

function rhoTable(target: XrayTargetReport): Markup {
  const counts = [
    ...new Set(target.scores.filter((s) => s.method !== 'emulator').map((s) => s.components)),
  ].sort((a, b) => a - b);
  const methods = methodOrder.filter((m) => target.scores.some((s) => s.method === m));
  const seeds = Math.max(...target.scores.map((s) => s.rho.length));
  return dataTable(
    [
      { title: 'method' },
      ...counts.map((k) => ({ title: `k = ${k}`, numeric: true })),
      { title: 'CPU time of a fit', numeric: true },
    ],
    methods.map((method) => {
      const own = target.scores.filter((s) => s.method === method);
      const seconds = Math.max(...own.flatMap((s) => s.cpuSeconds));
      return [
        methodTitles[method],
        ...counts.map((k, i) =>
          method === 'emulator'
            ? i === counts.length - 1
              ? rhoText(target, method, own[0].components)
              : ''
            : rhoText(target, method, k),
        ),
        formatSeconds(seconds),
      ];
    }),
    `rho on ${target.samples.test} test samples, ${scalingWords[target.scaling]}${seeds > 1 ? `; mean and standard deviation over ${seeds} seeds` : ''}`,
  );
}

function summary(data: XrayReportData): Section {
  const shrinks =
    data.shrinks.length > 0
      ? html`<div class="note"><h3>Smaller than the full job</h3><ul>${data.shrinks.map((s) => html`<li>${s}</li>`)}</ul></div>`
      : undefined;
  const lines = data.targets.map((target) => {
    const full = target.scores.find((s) => s.method === 'emulator');
    const first = ['ednn', 'nnca', 'eca', 'linear']
      .map((m) => [methodTitles[m], rhoText(target, m, 1)] as const)
      .filter(([, text]) => text !== '')
      .map(([name, text]) => `${name} ${text}`)
      .join(', ');
    const basis = target.bases[0];
    const said = basis?.components[0]
      .map((b, i) => ({ ...b, label: data.inputs[i].label }))
      .filter((b) => !b.undecided)
      .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
      .slice(0, 4)
      .map((b) => `${b.label} ${formatFixed(b.value, 2)}`)
      .join(', ');
    return html`<h3>${target.title}</h3>
<p class="prose">One component covers ${first} of the variance of the test spectra${full ? html`; the full emulator ${formatFixed(meanOf(full.rho), 3)}` : undefined}. ${said ? html`The strongest direction (${methodTitles[basis.method]}): ${said}.` : undefined}</p>`;
  });
  return {
    id: 'summary',
    title: 'Summary',
    body: html`<p class="prose">${data.description}</p>${lines}${shrinks}<h3>Structures</h3>${factTable(data.structures)}`,
  };
}

/** What is learnt, where that is a few numbers and no spectrum. */
function pointsTable({ mean, sd }: XrayTargetReport, names: readonly string[]): Markup {
  return dataTable(
    [
      { title: 'learnt' },
      { title: 'mean', numeric: true },
      { title: 'standard deviation', numeric: true },
    ],
    names.map((name, i) => [name, formatNumber(mean[i], 6), formatNumber(sd[i], 3)]),
    'over all structures',
  );
}

/** Undecided loadings named in a caption. */
const mostNamed = 6;

/** Read-back of this many inputs is drawn: those best explained. */
const mostRead = 12;

function targetPart(target: XrayTargetReport, data: XrayReportData): Section {
  const id = (name: string) => `${target.name}-${name}`;
  const plot = (svg: string) => trusted(svg);
  const bases = target.bases.map((basis, i) => {
    const open = basis.components.flatMap((component, c) =>
      component.flatMap((b, j) =>
        b.undecided ? [`${data.inputs[j].label} in component ${c + 1}`] : [],
      ),
    );
    return figure(
      id(`basis-${i}`),
      plot(basisPlot(basis, data.inputs)),
      html`<b>${methodTitles[basis.method]}</b>: loadings of orthonormal directions; ${basis.of}. ${
        open.length > 0
          ? html`Hollow: the interval holds zero, so the sign is undecided (${open.slice(0, mostNamed).join('; ')}${open.length > mostNamed ? ` and ${open.length - mostNamed} more` : ''}).`
          : basis.components.some((c) => c.some((b) => b.low !== undefined))
            ? 'No loading is undecided.'
            : undefined
      }`,
    );
  });
  const best = [...target.readBack]
    .sort((a, b) => b.explained - a.explained)
    .slice(0, mostRead)
    .sort((a, b) => a.input - b.input);
  const readBack = best.map((found) =>
    figure(
      id(`read-${found.input}`),
      plot(readBackPlot(found, data.inputs[found.input])),
      html`${formatPercent(found.coverage, 0)} of the ${formatPercent(target.level, 0)} intervals hold the truth; explained ${formatFixed(found.explained, 2)}; undecided ${formatPercent(found.undecidedPart, 0)}.`,
    ),
  );
  const slices = target.slices.map(
    (slice, s) =>
      html`<h3>${data.inputs[slice.x.input].label} and ${data.inputs[slice.y.input].label}${slice.held ? html`, at ${slice.held}` : undefined}</h3><div class="grid">${slice.fields.map(
        (field, f) =>
          figure(id(`slice-${s}-${f}`), plot(sliceSvg(slice, field, data.inputs)), field.title),
      )}</div>`,
  );
  const volumes = target.volumes.map((volume, v) =>
    figure(
      id(`volume-${v}`),
      plot(volumeSvg(volume, data.inputs)),
      html`${volume.title}: ${volume.surfaces.map(
        ({ level }, i) => html`<span class="chip class-${i}">${formatNumber(level)}</span> `,
      )}`,
    ),
  );
  return {
    id: target.name,
    title: target.title,
    body: html`
<div class="grid">${
      target.names
        ? pointsTable(target, target.names)
        : figure(
            id('spectrum'),
            plot(spectrumPlot(target)),
            `Mean of all spectra; the band is one standard deviation to both sides.`,
          )
    }
${figure(id('rho'), plot(rhoPlot(target)), 'Covered variance against the number of components; dashed: the full emulator. Bars span the seeds.')}</div>
${rhoTable(target)}
<h3>Directions in structure space</h3><div class="grid">${bases}</div>
${
  readBack.length > 0
    ? html`<h3>Structure read back from spectra by ${target.readBackBy}</h3>
<p class="prose">Test samples. Intervals hold the spread of the refits and the error left on validation samples. Grey: the interval holds the mean of the training structures, so the spectrum does not decide on which side of it the structure lies.${best.length < target.readBack.length ? ` The ${best.length} of ${target.readBack.length} inputs that are explained best.` : ''}</p><div class="grid">${readBack}</div>`
    : undefined
}
${
  slices.length > 0
    ? html`<h3>Sensitivity M and activations</h3>
<p class="prose">M = |dS/dp|: how much the scaled spectrum changes per standard deviation of structure, by the full emulator. Activations: latent values of the EDNN. Blank: far from all training structures.</p>${slices}`
    : undefined
}
${volumes.length > 0 ? html`<h3>In three dimensions</h3><div class="grid">${volumes}</div>` : undefined}`,
  };
}

function provenance(data: XrayReportData): Section {
  return {
    id: 'provenance',
    title: 'How it was made',
    body: html`${dataTable(
      [{ title: 'stage' }, { title: 'time', numeric: true }, { title: 'result' }],
      data.timings.map((t) => [t.stage, formatSeconds(t.seconds), t.summary]),
    )}<h3>Provenance</h3>${factTable(data.provenance.map(([name, value]) => [name, html`<code>${value}</code>`]))}`,
  };
}
