import type { MethodReport, VerdictReport } from '../data/doubt.js';
import { html, type Markup, trusted } from '../markup/html.js';
import { formatCount, formatFixed, formatNumber, formatPercent } from '../markup/numbers.js';
import { linesPlot } from '../plots/lines.js';
import { reliabilityDiagram } from '../plots/reliability.js';
import type { PageContext } from './context.js';
import { classChip, dataTable, figure, type Section } from './parts.js';

const OUTSIDE = 'outside what it was trained on';

function verdictTable({ data, label, colourClass }: PageContext): Markup | undefined {
  const { verdicts } = data.doubt!;
  if (verdicts.length === 0) return undefined;
  return html`<h3>The verdict of each method on the ${
    data.measured?.origin.kind === 'simulated-stand-in' ? 'stand-in' : 'measured'
  } image</h3>
    ${dataTable(
      [
        { title: 'Method' },
        { title: 'verdict' },
        ...data.classes.map((c) => ({ title: label(c.name), numeric: true })),
        { title: 'likeness', numeric: true },
        { title: 'p-value', numeric: true },
        { title: 'outside below', numeric: true },
        { title: 'not ruled out' },
      ],
      verdicts.map((v) => [
        v.method,
        v.className === null
          ? html`<b>${OUTSIDE}</b>`
          : classChip(label(v.className), colourClass(v.className)),
        ...data.classes.map((c) => formatFixed(v.scores[c.name], 3)),
        formatNumber(v.likeness, 4),
        formatFixed(v.pValue, 3),
        formatFixed(v.outsideBelow, 3),
        v.set.map(label).join(', ') || 'none',
      ]),
    )}
    <p class="small">The p-value is the part of usual images, simulated and with noise added, that
      are as unlike the training images or more.</p>
    ${verdicts.map(partsOfVerdict)}`;
}

/** The scores behind one verdict, where there are several. */
function partsOfVerdict({ method, parts, because, className }: VerdictReport): Markup | undefined {
  if (!parts || parts.length === 0) return undefined;
  return html`<h4>What ${method} rests on</h4>
    ${dataTable(
      [
        { title: 'Score' },
        { title: 'what it is' },
        { title: 'unlikeness', numeric: true },
        { title: 'p-value alone', numeric: true },
      ],
      parts.map((p) => [
        p.name === because ? html`<b>${p.name}</b>` : p.name,
        p.meaning,
        formatNumber(-p.score, 3),
        formatFixed(p.pValue, 3),
      ]),
    )}
    <p class="small">Unlikeness: 0 is the middle of usual images, 1 what 2 % of them exceed. The
      largest${because === undefined ? '' : html`, <b>${because}</b>,`} is the likeness of the verdict
      ${className === null ? html`that the image is outside` : ''}, whose p-value allows for there being
      ${formatCount(parts.length)} scores.</p>`;
}

/** Each score alone on each set from outside. */
function partsTable({ name, parts, outside, falseAlarms }: MethodReport): Markup | undefined {
  if (!parts || parts.length === 0 || outside.every((o) => !o.parts)) return undefined;
  return html`<h4>By each score of ${name} alone</h4>
    ${dataTable(
      [
        { title: 'Set' },
        ...parts.map((p) => ({ title: p.name, numeric: true })),
        { title: 'all together', numeric: true },
      ],
      [
        ['usual images', ...parts.map((p) => `${formatPercent(p.falseAlarms)} refused`)],
        ...outside.map((o) => [
          html`<b>${o.set}</b>`,
          ...(o.parts ?? []).map(
            (p) =>
              html`<b>${formatFixed(p.auroc, 3)}</b><br><span class="small">${formatPercent(p.refused, 0)} refused</span>`,
          ),
        ]),
      ].map((row, i) => [
        ...row,
        i === 0
          ? `${formatPercent(falseAlarms)} refused`
          : html`<b>${formatFixed(outside[i - 1]!.auroc, 3)}</b><br><span class="small">${formatPercent(outside[i - 1]!.refused, 0)} refused</span>`,
      ]),
    )}`;
}

function methodsTable(methods: readonly MethodReport[]): Markup {
  return dataTable(
    [
      { title: 'Method' },
      { title: 'accuracy', numeric: true },
      { title: 'NLL (nats)', numeric: true },
      { title: 'ECE', numeric: true },
      { title: 'of chance', numeric: true },
      { title: 'without bias', numeric: true },
      { title: 'ECE before', numeric: true },
      { title: 'temperature', numeric: true },
      { title: 'called outside, of inside', numeric: true },
      { title: 'coverage', numeric: true },
      { title: 'by class', numeric: true },
      { title: 'classes in a set', numeric: true },
    ],
    methods.map((m) => [
      m.name,
      formatPercent(m.accuracy),
      formatFixed(m.nll, 3),
      formatFixed(m.ece, 3),
      html`${formatFixed(m.calibration.expected.mean, 3)}<br><span class="small">to ${formatFixed(m.calibration.expected.to, 3)}</span>`,
      formatFixed(m.calibration.debiased, 3),
      formatFixed(m.eceBefore, 3),
      formatFixed(m.temperature, 2),
      html`${formatPercent(m.falseAlarms)}<span class="small"> of ${formatPercent(m.outsideBelow)}</span>${m.falseAlarmsClean === undefined ? '' : html`<br><span class="small">without noise ${formatPercent(m.falseAlarmsClean)}</span>`}`,
      formatPercent(m.coverage),
      formatPercent(m.coverageByClass),
      formatFixed(m.meanSetSize, 2),
    ]),
  );
}

function outsideTable(methods: readonly MethodReport[]): Markup | undefined {
  const sets = methods[0]?.outside ?? [];
  if (sets.length === 0) return undefined;
  return html`<h3>Images from outside</h3>
    <p class="prose">Each set was made for this test and had no part in training or fitting. AUROC is
      the chance that an image from outside is found less like the training images than one from
      inside: 1 is perfect, 0.5 is guessing. Below it: AUPRC, and the part of the set that the verdict
      refuses. The same noise is added to all images that have none yet.</p>
    ${dataTable(
      [
        { title: 'Set' },
        { title: 'images', numeric: true },
        ...methods.map((m) => ({ title: m.name, numeric: true })),
      ],
      sets.map(({ set, what, images }) => [
        html`<b>${set}</b><br><span class="small">${what}</span>`,
        formatCount(images),
        ...methods.map((m) => {
          const found = m.outside.find((o) => o.set === set);
          return found
            ? html`<b>${formatFixed(found.auroc, 3)}</b><br><span class="small">${formatFixed(found.auprc, 3)}<br>${formatPercent(found.refused, 0)} refused</span>`
            : '';
        }),
      ]),
    )}`;
}

/** How far the network can be believed: calibration, images from outside, and the verdicts. */
export function doubtSection(context: PageContext): Section | undefined {
  const { doubt } = context.data;
  if (!doubt || (doubt.methods.length === 0 && doubt.verdicts.length === 0)) return undefined;
  const { methods } = doubt;
  const [first] = methods;
  const rejectionId = context.id('rejection');
  return {
    id: 'doubt',
    title: 'How far to believe it',
    body: html`<p class="prose">A network always answers with one of its classes, whatever it is shown.
      Each method below adds a number for how much an image is like those it was trained on, and calls
      it outside when usual images are hardly ever that unlike. Temperature, sets of classes and
      thresholds were fitted on simulated images kept for that alone, and everything in this section is
      measured on others.</p>
      ${verdictTable(context)}
      ${
        first &&
        html`<h3>On ${formatCount(first.images)} held-out images with noise and background</h3>
        ${methodsTable(methods)}
        <p class="small">Sets of classes are made to hold the right one with
          ${formatPercent(1 - first.alpha, 0)}; with this many images 95 % of coverages lie between
          ${formatPercent(first.coverageBounds[0])} and ${formatPercent(first.coverageBounds[1])}.
          ECE of chance: what a perfectly calibrated network with the same scores shows on as many
          images, mean and upper end of 95 %; an ECE in that range is no sign of wrong scores. Without
          bias: root mean square error of the scores, below 0 where less than nothing is left.
          Likeness: ${methods.map((m) => `${m.name}: ${m.meaning}`).join('; ')}.</p>
        ${outsideTable(methods)}
        ${methods.map(partsTable)}
        <div class="pair">
          ${figure(
            rejectionId,
            trusted(
              linesPlot(
                methods.map((m) => ({
                  name: m.name,
                  points: m.rejection.map((p) => [p.coverage, p.accuracy] as const),
                })),
                {
                  x: { title: 'part of the images that is answered', percent: true },
                  y: { title: 'accuracy of these', percent: true },
                  alt: 'Accuracy against the part of images answered',
                },
              ),
            ),
            html`<b>Rejection.</b> The images least like the training images are refused first. A line
              that rises to the left says that the doubt is in the right place.`,
          )}
          ${methods.map((m) => {
            const bins = m.reliability.filter((b) => b.count > 0);
            return bins.length > 0
              ? figure(
                  context.id('reliability'),
                  trusted(reliabilityDiagram(bins)),
                  html`<b>Reliability of ${m.name}</b> after its temperature: on the diagonal a score is
                    a probability.`,
                )
              : undefined;
          })}
        </div>`
      }`,
  };
}
