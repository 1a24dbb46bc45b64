import type { AblationReport } from '../data/ablation.js';
import { html, type Markup } from '../markup/html.js';
import { formatCount, formatFixed, formatPercent } from '../markup/numbers.js';
import type { PageContext } from './context.js';
import { dataTable, type Section } from './parts.js';

type Spread = AblationReport['rows'][number]['validation'];

const percent = ({ mean, sd, values }: Spread): Markup =>
  html`${formatPercent(mean)}${values.length > 1 && html`<span class="small"> ± ${formatFixed(100 * sd, 1)}</span>`}`;

/** What decides: data sets that differ in one thing alone. */
export function ablationSection(context: PageContext): Section | undefined {
  const { ablation } = context.data;
  if (!ablation) return undefined;
  const { rows, scored, repeats, testImages } = ablation;
  return {
    id: 'ablation',
    title: 'What decides',
    body: html`<p class="prose">Data sets that differ from the first in one thing alone; the same network
      with the same ${formatCount(repeats)} seeds was trained on each and tried on the measured image and
      on the test images of every data set. Spreads are standard deviations over the seeds.</p>
      ${dataTable(
        [
          { title: 'Data set' },
          { title: 'validation accuracy', numeric: true },
          { title: `measured image, score for ${context.label(scored)}`, numeric: true },
          { title: 'each seed', numeric: true },
          { title: 'outside by its features', numeric: true },
          { title: 'outside by the images', numeric: true },
        ],
        rows.map((r) => [
          html`<b>${r.name}</b><br><span class="small">${r.what}</span>`,
          percent(r.validation),
          html`${formatFixed(r.measured.mean, 3)}<span class="small"> ± ${formatFixed(r.measured.sd, 3)}</span>`,
          html`<span class="small">${r.measured.values.map((v) => formatFixed(v, 2)).join(', ')}</span>`,
          html`${r.outside[0]} of ${r.outside[1]}<span class="small">, p ${formatFixed(r.pValue.mean, 3)}</span>`,
          html`${r.space.outside ? 'yes' : 'no'}<span class="small">, p ${formatFixed(r.space.pValue, 3)} (${r.space.because})</span>`,
        ]),
      )}
      <h3>Trained on the row, tested on the column</h3>
      ${dataTable(
        [{ title: 'Trained on' }, ...rows.map((r) => ({ title: r.name, numeric: true }))],
        rows.map((r) => [
          r.name,
          ...rows.map((c) => (r.accuracy[c.name] ? percent(r.accuracy[c.name]) : '')),
        ]),
      )}
      <p class="small">Accuracy on ${formatCount(testImages)} test images of each data set; between data
        sets of other draws, without those whose parameter sets the network has seen.</p>
      <h3>Test images of the column that lie outside what the row was trained on</h3>
      ${dataTable(
        [{ title: 'Trained on' }, ...rows.map((r) => ({ title: r.name, numeric: true }))],
        rows.map((r) => [
          r.name,
          ...rows.map((c) => {
            const part = r.refused[c.name];
            return part === undefined ? '' : formatPercent(part);
          }),
        ]),
      )}
      <p class="small">By the space that the training images of the row span (verdict 'subspace'), at
        2 % false alarms; no network is asked. The same verdict on the measured image stands in the
        first table, with the score that decides.</p>`,
  };
}
