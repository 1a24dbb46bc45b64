import type { DrawCount, ReportClass } from '../data/types.js';
import { html, type Markup } from '../markup/html.js';
import { formatCount, formatNumber, formatPercent } from '../markup/numbers.js';
import type { PageContext } from './context.js';
import { classChip, code, dataTable, type Section } from './parts.js';

function modelCard(context: PageContext, c: ReportClass): Markup {
  return html`<div class="model">
    <h3>${classChip(context.label(c.name), context.colourClass(c.name))}</h3>
    ${c.description !== undefined && html`<p>${c.description}</p>`}
    ${c.file !== undefined && html`<p class="small">${code(c.file)}</p>`}
    ${
      (c.parameters?.length ?? 0) > 0 &&
      dataTable(
        [
          { title: 'Parameter' },
          { title: 'model file', numeric: true },
          { title: 'unit' },
          { title: 'prior' },
        ],
        c.parameters!.map((p) => [p.name, formatNumber(p.value, 5), p.unit, p.prior ?? 'fixed']),
      )
    }
  </div>`;
}

function drawTable({ label, colourClass }: PageContext, draws: readonly DrawCount[]): Markup {
  const reasons = [...new Set(draws.flatMap((d) => Object.keys(d.rejected)))];
  return dataTable(
    [
      { title: 'Model' },
      { title: 'drawn', numeric: true },
      ...reasons.map((reason) => ({ title: `rejected: ${reason}`, numeric: true })),
      { title: 'kept', numeric: true },
      { title: 'kept of drawn', numeric: true },
    ],
    draws.map((d) => [
      classChip(label(d.className), colourClass(d.className)),
      formatCount(d.drawn),
      ...reasons.map((reason) => formatCount(d.rejected[reason] ?? 0)),
      formatCount(d.accepted),
      d.drawn > 0 ? formatPercent(d.accepted / d.drawn) : 'none drawn',
    ]),
  );
}

/** The candidate models, their parameters and priors, and how many draws stayed. */
export function modelsSection(context: PageContext): Section {
  const { data } = context;
  return {
    id: 'models',
    title: 'Models and draws',
    body: html`<div class="cards">${data.classes.map((c) => modelCard(context, c))}</div>
      ${
        data.draws.length > 0 &&
        html`<h3>Draws and rejections</h3>
          <p class="prose">A draw that does not leave the magnetic structure a stable minimum has no
            spin-wave spectrum. It is rejected and counted here, never simulated.</p>
          ${drawTable(context, data.draws)}`
      }`,
  };
}
