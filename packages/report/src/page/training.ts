import type { OtherTraining } from '../data/types.js';
import { html, type Markup, trusted } from '../markup/html.js';
import {
  formatCount,
  formatFixed,
  formatNumber,
  formatPercent,
  formatSeconds,
} from '../markup/numbers.js';
import { accuracyCurve, lossCurve } from '../plots/curves.js';
import type { PageContext } from './context.js';
import { dataTable, factTable, flattenSettings, figure, type Section } from './parts.js';

const value = (v: number | null | undefined, digits: number) =>
  v === undefined ? '' : v === null ? 'not finite' : formatFixed(v, digits);

const last = <T>(values: readonly T[]): T | undefined => values[values.length - 1];

/** Networks beside the main one: a row each, and their curves to open. */
function others(context: PageContext, trainings: readonly OtherTraining[]): Markup | undefined {
  if (trainings.length === 0) return undefined;
  const { classes } = context.data;
  return html`<h3>Networks beside it</h3>
    <p class="prose">Trained for the methods that say how far to believe the answer, on the same
      images.</p>
    ${dataTable(
      [
        { title: 'Name' },
        { title: 'network' },
        { title: 'parameters', numeric: true },
        { title: 'epochs', numeric: true },
        { title: 'best epoch', numeric: true },
        { title: 'its validation loss', numeric: true },
        { title: 'validation accuracy', numeric: true },
        { title: 'time', numeric: true },
      ],
      trainings.map(({ name, network, parameterCount, lossLabel, epochs, bestEpoch, seconds }) => {
        const best = epochs.find((e) => e.epoch === bestEpoch) ?? last(epochs);
        return [
          name,
          network,
          formatCount(parameterCount),
          formatCount(epochs.length),
          bestEpoch === undefined ? '' : formatCount(bestEpoch),
          html`${value(best?.validationLoss, 3)}<br><span class="small">${lossLabel}</span>`,
          typeof best?.validationAccuracy === 'number'
            ? formatPercent(best.validationAccuracy)
            : '',
          seconds === undefined ? '' : formatSeconds(seconds),
        ];
      }),
    )}
    <details><summary>Their curves</summary><div class="pair plots">${trainings.map(
      ({ name, lossLabel, epochs, bestEpoch }) =>
        epochs.length > 0 &&
        html`${figure(context.id('loss'), trusted(lossCurve(epochs, lossLabel, bestEpoch)), html`<b>Loss of ${name}.</b>`)}
        ${
          epochs.some((e) => typeof e.validationAccuracy === 'number')
            ? figure(
                context.id('accuracy'),
                trusted(accuracyCurve(epochs, classes.length, bestEpoch)),
                html`<b>Accuracy of ${name}.</b>`,
              )
            : html`<div></div>`
        }`,
    )}</div></details>`;
}

/** How the network learned: its curves, and everything that set them. */
export function trainingSection(context: PageContext): Section | undefined {
  const { training, classes } = context.data;
  if (!training) return undefined;
  const { epochs, bestEpoch } = training;
  const broken = epochs.filter((e) => e.trainLoss === null || e.validationLoss === null);
  const lossId = context.id('loss');
  const accuracyId = context.id('accuracy');
  return {
    id: 'training',
    title: 'Training',
    body: html`${
      epochs.length > 0 &&
      html`<p class="legend"><span class="key train">training</span><span class="key validation">validation</span>${
        bestEpoch !== undefined &&
        html`<span>dotted upright: epoch ${bestEpoch}, whose weights were kept</span>`
      }</p>
      ${
        broken.length > 0 &&
        html`<p class="warning">The loss was not finite in ${broken.length} of ${epochs.length} epochs (first: epoch ${broken[0].epoch}).</p>`
      }
      <div class="pair plots">
        ${figure(lossId, trusted(lossCurve(epochs, training.lossLabel ?? 'loss', bestEpoch)), html`<b>Loss.</b>`)}
        ${figure(accuracyId, trusted(accuracyCurve(epochs, classes.length, bestEpoch)), html`<b>Accuracy.</b>`)}
      </div>`
    }
    ${factTable([
      ['Network', training.network],
      ['Parameters', formatCount(training.parameterCount)],
      ['Input', training.inputShape.join(' × ')],
      ['Preprocessing', training.preprocessing.join('; ') || 'none'],
      ['Images', training.splits.map((s) => `${s.name} ${formatCount(s.images)}`).join(', ')],
      ...(training.backend === undefined ? [] : [['Backend', training.backend] as const]),
      ...(training.stoppedBecause === undefined
        ? []
        : [['Ended', training.stoppedBecause] as const]),
      ...flattenSettings(training.settings),
    ])}
    ${
      epochs.length > 0 &&
      html`<details><summary>Every epoch in numbers</summary>${dataTable(
        [
          { title: 'epoch', numeric: true },
          { title: 'training loss', numeric: true },
          { title: 'validation loss', numeric: true },
          { title: 'training accuracy', numeric: true },
          { title: 'validation accuracy', numeric: true },
          { title: 'time', numeric: true },
        ],
        epochs.map((e) => [
          formatNumber(e.epoch, 6),
          value(e.trainLoss, 4),
          value(e.validationLoss, 4),
          value(e.trainAccuracy, 4),
          value(e.validationAccuracy, 4),
          e.seconds === undefined ? '' : formatSeconds(e.seconds),
        ]),
      )}</details>`
    }
    ${others(context, training.others ?? [])}`,
  };
}
