import type { EvaluationReport, MeasuredOrigin } from '../data/types.js';
import { html, type Markup } from '../markup/html.js';
import {
  formatCount,
  formatFixed,
  formatNumber,
  formatPercent,
  formatSeconds,
} from '../markup/numbers.js';
import { wilsonInterval } from '../statistics/wilson.js';
import { type PageContext, parameterWords } from './context.js';
import { classChip, type Section } from './parts.js';

/** `12 of 13 right`, from a confusion matrix. */
export function totals(evaluation: EvaluationReport): { right: number; images: number } {
  let right = 0;
  let images = 0;
  evaluation.confusion.forEach((row, truth) =>
    row.forEach((count, predicted) => {
      images += count;
      if (truth === predicted) right += count;
    }),
  );
  return { right, images };
}

function list(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

const plural = (n: number, one: string, many = `${one}s`) =>
  `${formatCount(n)} ${n === 1 ? one : many}`;

function drawing({ data, label }: PageContext): Markup | undefined {
  if (data.draws.length === 0) return undefined;
  const drawn = data.draws.reduce((sum, d) => sum + d.drawn, 0);
  const accepted = data.draws.reduce((sum, d) => sum + d.accepted, 0);
  const reasons = new Map<string, number>();
  for (const draw of data.draws) {
    for (const [reason, count] of Object.entries(draw.rejected)) {
      if (count > 0) reasons.set(reason, (reasons.get(reason) ?? 0) + count);
    }
  }
  const why = [...reasons].map(([reason, count]) => `${formatCount(count)} for ${reason}`);
  const { layout } = data;
  return html`<p>Parameter sets of ${plural(data.classes.length, 'candidate model')}
    (${list(data.classes.map((c) => label(c.name)))}) were drawn from their priors:
    ${formatCount(drawn)} drawn, ${
      drawn === accepted
        ? 'none rejected'
        : `${formatCount(drawn - accepted)} rejected (${list(why)})`
    }. Each of the ${formatCount(accepted)} that stayed became one simulated image of
    ${plural(layout.rows.length, 'incident energy', 'incident energies')} by
    ${plural(layout.columns.length, 'energy-transfer slice')}.</p>`;
}

function learning({ data }: PageContext): Markup | undefined {
  const { training, evaluation } = data;
  if (!training) return undefined;
  const trained = training.splits.find((s) => s.name.startsWith('train'));
  const first = evaluation?.[0];
  let scored: Markup | undefined;
  if (first) {
    const { right, images } = totals(first);
    const [low, high] = wilsonInterval(right, images);
    scored = html` On the ${first.split} images, which it had not seen, it was right for
      ${formatCount(right)} of ${formatCount(images)} (${formatPercent(right / (images || 1))};
      95&nbsp;% interval ${formatPercent(low)} to ${formatPercent(high)}).`;
  }
  return html`<p>A network (${training.network}, ${formatCount(training.parameterCount)} parameters)
    was trained ${trained ? `on ${formatCount(trained.images)} of them ` : ''}for
    ${plural(training.epochs.length, 'epoch')}.${scored}</p>`;
}

/** Which image was classified, in plain words. */
export function originWords(context: PageContext, origin: MeasuredOrigin): Markup {
  if (origin.kind === 'user-file') {
    return html`Your file <code>${origin.path}</code>, given on the command
      line${origin.mirrored && ', every tile mirrored in its horizontal axis as asked'}.`;
  }
  if (origin.kind === 'fetched-dataset') {
    return html`The published measurement <b>${origin.dataset}</b>, fetched from <code>${origin.url}</code>,
      its checksum verified${origin.mirrored && '; every tile mirrored in its horizontal axis'}.${
        origin.citation && ` ${origin.citation}`
      }`;
  }
  return html`<b>This is not a measurement.</b> No measured image was given or found, so a simulated
    one stands in: the ${context.label(origin.className)} model at
    ${parameterWords(context, origin.className, origin.parameters)}${
      origin.added.length > 0 && `, with ${list(origin.added)}`
    } (seed ${origin.seed}). The right answer is ${context.label(origin.className)}; to find it here says
    that the chain works, and nothing about a real sample.`;
}

const ORIGIN_BADGE = {
  'user-file': 'Your file',
  'fetched-dataset': 'Fetched data set',
  'simulated-stand-in': 'Simulated stand-in',
} as const;

function verdictCard(context: PageContext): Markup | undefined {
  const { data, label, colourClass } = context;
  const { measured } = data;
  if (!measured) return undefined;
  const { verdict, origin, bestMatch } = measured;
  const outside = verdict.outside;
  const scores = data.classes.map((c) => {
    const score = verdict.scores[c.name];
    return html`<li class="${colourClass(c.name)}"><span class="name">${label(c.name)}</span>
      <span class="track" aria-hidden="true"><span class="fill" style="width:${formatNumber(score * 100, 4)}%"></span></span>
      <span class="value">${formatFixed(score, 3)}</span></li>`;
  });
  return html`<aside class="verdict" aria-label="Verdict on the ${
    origin.kind === 'simulated-stand-in' ? 'stand-in' : 'measured'
  } image">
    <h3>The network’s answer on <span class="badge ${origin.kind}">${ORIGIN_BADGE[origin.kind]}</span></h3>
    <p class="answer">${
      verdict.className === null
        ? 'Outside what the network was trained on'
        : classChip(label(verdict.className), colourClass(verdict.className))
    }</p>
    <ul class="scores">${scores}</ul>
    <p class="small">${
      outside
        ? 'Scores sum to 1, after a temperature fitted on images kept for that.'
        : 'Scores are the network’s outputs and sum to 1; they are no probabilities unless they were calibrated.'
    }</p>
    ${
      origin.kind === 'simulated-stand-in' &&
      html`<p class="small">It was simulated as ${label(origin.className)}: the answer is
        ${verdict.className === origin.className ? 'right' : 'not right'}.</p>`
    }
    ${
      outside &&
      html`<p class="small">${outside.method}: ${formatNumber(outside.score)}, threshold
        ${formatNumber(outside.threshold)}: ${outside.isOutside ? 'outside' : 'inside'} the training set.</p>`
    }
    ${
      bestMatch &&
      html`<p class="small">The simulation most like it is
        ${label(bestMatch.className)} (correlation ${formatFixed(bestMatch.correlation, 3)})${
          verdict.className !== null &&
          (bestMatch.className === verdict.className
            ? ', the same class.'
            : ', another class than the network’s answer.')
        }${verdict.className === null && '.'}</p>`
    }
  </aside>`;
}

function keyNumbers({ data }: PageContext): Markup {
  const numbers: [string, string][] = [];
  const accepted = data.draws.reduce((sum, d) => sum + d.accepted, 0);
  if (accepted > 0) numbers.push([formatCount(accepted), 'simulated images']);
  const first = data.evaluation?.[0];
  if (first) {
    const { right, images } = totals(first);
    if (images > 0) numbers.push([formatPercent(right / images), `${first.split} accuracy`]);
  }
  const match = data.measured?.bestMatch;
  if (match) numbers.push([formatFixed(match.correlation, 3), 'best correlation']);
  const seconds = data.timing.reduce((sum, t) => sum + t.seconds, 0);
  if (data.timing.length > 0) numbers.push([formatSeconds(seconds), 'in all stages']);
  return html`<dl class="numbers">${numbers.map(
    ([value, name]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>`;
}

/** What this run was, the verdict, and what it cannot claim. */
export function summarySection(context: PageContext): Section {
  const { data } = context;
  const { measured, caveats = [] } = data;
  return {
    id: 'summary',
    title: 'What this run was',
    body: html`<div class="summary"><div class="prose">
        ${(data.summary ?? []).map((text) => html`<p>${text}</p>`)}
        ${drawing(context)}
        ${learning(context)}
        ${
          measured &&
          html`<p><span class="lead">The image it then judged.</span> ${originWords(context, measured.origin)}</p>`
        }
      </div>${verdictCard(context)}</div>
      ${keyNumbers(context)}
      ${
        caveats.length > 0 &&
        html`<div class="note"><h3>What this run cannot claim</h3><ul>${caveats.map(
          (text) => html`<li>${text}</li>`,
        )}</ul></div>`
      }`,
  };
}
