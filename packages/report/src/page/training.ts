import { html, trusted } from '../markup/html.js';
import { formatCount, formatFixed, formatNumber, formatSeconds } from '../markup/numbers.js';
import { accuracyCurve, lossCurve } from '../plots/curves.js';
import type { PageContext } from './context.js';
import { dataTable, factTable, flattenSettings, figure, type Section } from './parts.js';

const value = (v: number | null | undefined, digits: number) =>
  v === undefined ? '' : v === null ? 'not finite' : formatFixed(v, digits);

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
    }`,
  };
}
