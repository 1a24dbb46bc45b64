import type { CalibrationReport } from '../data/doubt.js';
import type { EvaluationReport } from '../data/types.js';
import { html, type Markup, trusted } from '../markup/html.js';
import { formatCount, formatFixed, formatPercent } from '../markup/numbers.js';
import { reliabilityDiagram } from '../plots/reliability.js';
import { wilsonInterval } from '../statistics/wilson.js';
import type { PageContext } from './context.js';
import { classChip, factTable, figure, type Section } from './parts.js';
import { totals } from './summary.js';

function confusionMatrix(context: PageContext, evaluation: EvaluationReport): Markup {
  const { classes } = context.data;
  const chip = (name: string) => classChip(context.label(name), context.colourClass(name));
  const rows = evaluation.confusion.map((counts, truth) => {
    const sum = counts.reduce((a, b) => a + b, 0);
    return html`<tr><th scope="row">${chip(classes[truth].name)}<span class="small">${formatCount(sum)} images</span></th>${counts.map(
      (count) => {
        const rate = sum > 0 ? count / sum : 0;
        return html`<td style="--rate:${formatFixed(rate, 3)}"><b>${formatCount(count)}</b><span>${
          sum > 0 ? formatPercent(rate) : 'none'
        }</span></td>`;
      },
    )}</tr>`;
  });
  return html`<div class="scroll"><table class="confusion">
    <caption>Rows: true class. Columns: the network’s answer. Rates are of the row.</caption>
    <thead><tr><td></td>${classes.map((c) => html`<th scope="col">${chip(c.name)}</th>`)}</tr></thead>
    <tbody>${rows}</tbody></table></div>`;
}

function calibrationFacts({ expected, debiased, pValue }: CalibrationReport) {
  return [
    [
      '… of chance alone',
      html`${formatFixed(expected.mean, 4)} (95 %: ${formatFixed(expected.from, 4)} to
        ${formatFixed(expected.to, 4)})<br><span class="small">what a perfectly calibrated network with
          these scores would show on so many images; as much or more in ${formatPercent(pValue)} of
          cases</span>`,
    ] as const,
    [
      '… without its bias',
      html`${formatFixed(debiased, 4)}<br><span class="small">root mean square; below 0: less is left
          than nothing, as in half of all perfectly calibrated cases</span>`,
    ] as const,
  ];
}

function one(context: PageContext, evaluation: EvaluationReport): Markup {
  const { right, images } = totals(evaluation);
  const [low, high] = wilsonInterval(right, images);
  const bins = (evaluation.reliability ?? []).filter((b) => b.count > 0);
  const id = context.id('reliability');
  return html`<h3>Split: ${evaluation.split}</h3>
    ${evaluation.description !== undefined && html`<p class="prose">${evaluation.description}</p>`}
    <div class="pair">
      <div>
        ${confusionMatrix(context, evaluation)}
        ${factTable([
          [
            'Accuracy',
            images > 0
              ? `${formatPercent(right / images)} (${formatCount(right)} of ${formatCount(images)}; 95 % Wilson interval ${formatPercent(low)} to ${formatPercent(high)})`
              : 'no images',
          ],
          ...(evaluation.nll === undefined
            ? []
            : [
                [
                  'Negative log-likelihood',
                  `${formatFixed(evaluation.nll, 4)} nats an image`,
                ] as const,
              ]),
          ...(evaluation.ece === undefined
            ? []
            : [['Expected calibration error', formatFixed(evaluation.ece, 4)] as const]),
          ...(evaluation.calibration ? calibrationFacts(evaluation.calibration) : []),
        ])}
      </div>
      ${
        bins.length > 0 &&
        figure(
          id,
          trusted(reliabilityDiagram(bins)),
          html`<b>Reliability.</b> On the diagonal a score is a probability; below it the network is
            too sure. Area of a point: its number of images; bars: 95 % Wilson interval.`,
        )
      }
    </div>`;
}

/** What the network got right on images it was not trained on. */
export function evaluationSection(context: PageContext): Section | undefined {
  const { evaluation = [] } = context.data;
  if (evaluation.length === 0) return undefined;
  return {
    id: 'evaluation',
    title: 'Held-out images',
    body: html`${evaluation.map((e) => one(context, e))}`,
  };
}
