import { checkReportData } from '../data/check.js';
import type { ReportData } from '../data/types.js';
import { ReportError } from '../errors.js';
import { html, trusted } from '../markup/html.js';
import { formatBytes } from '../markup/numbers.js';
import { ablationSection } from './ablation.js';
import { activationSection } from './activation.js';
import { pageContext } from './context.js';
import { doubtSection } from './doubt.js';
import { evaluationSection } from './evaluation.js';
import { examplesSection } from './examples.js';
import { CONTENT_POLICY, MAX_PAGE_BYTES, readableTime } from './frame.js';
import { measuredSection } from './measured.js';
import { modelsSection } from './models.js';
import { learntSection, placesSection } from './places.js';
import { provenanceSection, timingSection } from './provenance.js';
import { styleSheet } from './style.js';
import { summarySection } from './summary.js';
import { trainingSection } from './training.js';

export { MAX_PAGE_BYTES };

/**
 * The report of a run as one HTML page that needs nothing else: pictures are inside, no script, no
 * font, no request; light or dark as the reader's system is, and fit for print. The same data give
 * the same page, byte for byte.
 * @throws ReportError REPORT_DATA_INVALID with every problem of the data; REPORT_TOO_LARGE
 */
export function renderReport(data: ReportData): string {
  const checked = checkReportData(data);
  const context = pageContext(checked);
  const sections = [
    summarySection(context),
    measuredSection(context),
    doubtSection(context),
    activationSection(context),
    placesSection(context),
    learntSection(context),
    examplesSection(context),
    modelsSection(context),
    trainingSection(context),
    evaluationSection(context),
    ablationSection(context),
    timingSection(context),
    provenanceSection(context),
  ].filter((section) => section !== undefined);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Spectraloom">
<title>${checked.title}</title>
<link rel="icon" href="data:,">
<style>${trusted(styleSheet)}</style>
</head>
<body id="_">
<a class="skip" href="#summary">Skip to the report</a>
<header class="top">
<p class="eyebrow">Spectraloom report</p>
<h1>${checked.title}</h1>
<p class="meta"><span>pipeline <b>${checked.pipeline}</b></span><span>preset <b>${checked.preset}</b></span><time datetime="${checked.createdAt}">${readableTime(checked.createdAt)}</time></p>
</header>
<nav aria-label="Sections"><ul>${sections.map((s) => html`<li><a href="#${s.id}">${s.title}</a></li>`)}</ul></nav>
<main>${sections.map(
    (s) => html`
<section id="${s.id}" aria-labelledby="${s.id}-title"><h2 id="${s.id}-title">${s.title}</h2>
${s.body}</section>`,
  )}
</main>
</body>
</html>
`.text;
  const bytes = Buffer.byteLength(page);
  if (bytes > MAX_PAGE_BYTES) {
    throw new ReportError({
      code: 'REPORT_TOO_LARGE',
      what: 'the report would be too large to open with ease',
      got: formatBytes(bytes),
      expected: `at most ${formatBytes(MAX_PAGE_BYTES)}`,
      next: 'give fewer example images',
    });
  }
  return page;
}
