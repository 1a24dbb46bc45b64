import { html, trusted } from '../markup/html.js';
import { formatFixed, formatPercent, formatSeconds } from '../markup/numbers.js';
import { framePage, type Section } from '../page/frame.js';
import { dataTable, factTable, figure } from '../page/parts.js';
import { readingPlot, transformPlot } from './plots.js';
import {
  type ExafsMeasuredReport,
  exafsNames,
  exafsParameters,
  type ExafsReportData,
} from './types.js';

const ownStyle = '.row{display:flex;flex-wrap:wrap;gap:1rem}.row figure{margin:0}';

/** The report of an EXAFS pipeline as one HTML page that needs nothing else. */
export function renderExafsReport(data: ExafsReportData): string {
  const parts: Section[] = [
    summary(data),
    ...data.measured.map((m, i) => measuredPart(m, i)),
    scorePart(data),
    provenance(data),
  ];
  return framePage({
    ...data,
    sections: parts,
    ownStyle,
    shrink: 'read fewer measurements in one run',
  });
}

function summary({ description, measured, score, shrinks, facts }: ExafsReportData): Section {
  const held = exafsParameters.map(
    (p) => `${exafsNames[p].title} ${formatPercent(score.coverage[p], 0)}`,
  );
  return {
    id: 'summary',
    title: 'Summary',
    body: html`<p>${description}</p>
<p>${measured.map((m) => {
      const { value, low, high } = m.network.values.amplitude;
      return html`<b>${m.name}</b>: N S0² = ${formatFixed(value, 1)} (${formatFixed(low, 1)} to ${formatFixed(high, 1)}). `;
    })}Intervals at ${formatPercent(score.level, 0)} hold the truth of unseen simulated spectra in: ${held.join(', ')}.</p>
${shrinks.length > 0 ? html`<p>Smaller than the full job: ${shrinks.join(' ')}</p>` : undefined}
${factTable(facts)}`,
  };
}

function measuredPart(m: ExafsMeasuredReport, index: number): Section {
  const { network, fit, known } = m;
  const fixed = (p: (typeof exafsParameters)[number], v: number) =>
    formatFixed(v, exafsNames[p].digits);
  const rows = exafsParameters.map((p) => {
    const { value, low, high } = network.values[p];
    const from = known[p];
    return [
      exafsNames[p].unit ? `${exafsNames[p].title} (${exafsNames[p].unit})` : exafsNames[p].title,
      fixed(p, value),
      `${fixed(p, low)} to ${fixed(p, high)}`,
      `${fixed(p, fit.values[p])} ± ${fixed(p, fit.errors[p])}`,
      from ? `${fixed(p, from[0])} ± ${fixed(p, from[1])}` : '',
    ];
  });
  const warnings = [
    ...(network.verdict === 'outside'
      ? [
          'Unlike the spectra the network was trained on: its reading explains less than it did of 95 % of them. Do not quote these numbers.',
        ]
      : []),
    ...network.atEdge.map(
      (p) =>
        `${exafsNames[p].title} lies at the end of the trained range: widen it and train again.`,
    ),
  ];
  return {
    id: `measured-${index}`,
    title: m.name,
    body: html`${dataTable(
      [
        { title: '' },
        { title: 'read by the network', numeric: true },
        { title: `interval at ${formatPercent(network.level, 0)}`, numeric: true },
        { title: 'least squares (1 sd)', numeric: true },
        { title: m.knownFrom || 'known', numeric: true },
      ],
      rows,
    )}
<p>Left unexplained in the R range: ${formatPercent(network.rFactor, 2)} by the network's reading (${formatPercent(network.typicality, 0)} of simulated test spectra are explained no better), ${formatPercent(fit.rFactor, 2)} by the fit.</p>
${warnings.map((w) => html`<p><b>Caution.</b> ${w}</p>`)}
${figure(`r-${index}`, trusted(transformPlot(m)), html`Size of the transform; the shaded range of R is what is read and fitted.`)}`,
  };
}

function scorePart({ score, test }: ExafsReportData): Section {
  return {
    id: 'score',
    title: 'Unseen simulated spectra',
    body: html`${dataTable(
      [
        { title: '' },
        { title: 'root mean square error', numeric: true },
        { title: `held by intervals at ${formatPercent(score.level, 0)}`, numeric: true },
        { title: 'median width of the interval', numeric: true },
      ],
      exafsParameters.map((p) => {
        const { title, unit, digits } = exafsNames[p];
        return [
          unit ? `${title} (${unit})` : title,
          formatFixed(score.rmse[p], digits + 1),
          formatPercent(score.coverage[p], 1),
          formatFixed(score.medianWidth[p], digits),
        ];
      }),
      `${score.rows} test spectra`,
    )}
<div class="row">${test.map((t) =>
      figure(
        `read-${t.parameter}`,
        trusted(readingPlot(t)),
        html`${exafsNames[t.parameter].title} of ${t.truth.length} test spectra.`,
      ),
    )}</div>`,
  };
}

function provenance({ timings, provenance: rows }: ExafsReportData): Section {
  return {
    id: 'provenance',
    title: 'How it was made',
    body: html`${dataTable(
      [{ title: 'stage' }, { title: 'time', numeric: true }, { title: 'what' }],
      timings.map(({ stage, seconds, summary: what }) => [stage, formatSeconds(seconds), what]),
    )}
${factTable(rows)}`,
  };
}
