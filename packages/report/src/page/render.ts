import { checkReportData } from '../data/check.js';
import type { ReportData } from '../data/types.js';
import { ablationSection } from './ablation.js';
import { activationSection } from './activation.js';
import { pageContext } from './context.js';
import { doubtSection } from './doubt.js';
import { evaluationSection } from './evaluation.js';
import { examplesSection } from './examples.js';
import { framePage, MAX_PAGE_BYTES } from './frame.js';
import { measuredSection } from './measured.js';
import { modelsSection } from './models.js';
import { learntSection, placesSection } from './places.js';
import { provenanceSection, timingSection } from './provenance.js';
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
  return framePage({
    ...checked,
    sections,
    shrink: 'give fewer example images',
  });
}
