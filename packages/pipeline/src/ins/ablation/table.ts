import type { Cell } from './judgeStage.js';
import type { Space } from './spaceStage.js';

/** Mean and spread of one number over repeats. */
export interface Spread {
  readonly mean: number;
  /** Standard deviation with n - 1; 0 for one repeat. */
  readonly sd: number;
  readonly values: readonly number[];
}

/** One data set of the table. */
export interface AblationRow {
  readonly variant: string;
  readonly what: string;
  readonly validation: Spread;
  /** Score of the measured image for the class `scored`. */
  readonly measured: Spread;
  /** Repeats that called the measured image outside by the network's features, of how many. */
  readonly outside: readonly [number, number];
  readonly pValue: Spread;
  /** Does the measured image lie in the space of the training images, by no network. */
  readonly space: Pick<Space['measured'], 'outside' | 'pValue' | 'because'>;
  /** Part of the test images of every data set that this space refuses. */
  readonly refused: { readonly [variant: string]: number };
  /** Accuracy on the test images of every data set: train here, test there. */
  readonly accuracy: { readonly [variant: string]: Spread };
}

/** Of the file; a table of another format is made again by the same command. */
export const ablationFormat = 2;

export interface AblationTable {
  readonly format: typeof ablationFormat;
  readonly scored: string;
  readonly repeats: number;
  readonly testImages: number;
  readonly rows: readonly AblationRow[];
}

export function spread(values: readonly number[]): Spread {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const square = values.reduce((a, b) => a + (b - mean) ** 2, 0);
  return { mean, sd: n > 1 ? Math.sqrt(square / (n - 1)) : 0, values };
}

/** The table of an ablation from its cells; data sets in the order given. */
export function ablationTable(
  cells: readonly Cell[],
  spaces: readonly Space[],
  variants: readonly { readonly name: string; readonly what: string }[],
  scored: string,
): AblationTable {
  const rows = variants.map(({ name, what }): AblationRow => {
    const own = cells.filter((c) => c.variant === name);
    const { measured, refused } = spaces.find((s) => s.variant === name)!;
    const { outside, pValue, because } = measured;
    return {
      ...{ variant: name, what },
      validation: spread(own.map((c) => c.validationAccuracy)),
      measured: spread(own.map((c) => c.measured[scored]!)),
      outside: [own.filter((c) => c.outside.outside).length, own.length],
      pValue: spread(own.map((c) => c.outside.pValue)),
      space: { outside, pValue, because },
      refused,
      accuracy: Object.fromEntries(
        variants.map((other) => [other.name, spread(own.map((c) => c.accuracy[other.name]!))]),
      ),
    };
  });
  return {
    ...{ format: ablationFormat, scored, rows },
    repeats: Math.max(...rows.map((r) => r.outside[1])),
    testImages: cells[0]?.testImages ?? 0,
  };
}

const percent = ({ mean, sd, values }: Spread): string =>
  `${(100 * mean).toFixed(1)}${values.length > 1 ? ` ± ${(100 * sd).toFixed(1)}` : ''}`;

/** The table as Markdown: each data set by itself, one against the other by networks, and by spaces. */
export function ablationMarkdown({ rows, scored, repeats, testImages }: AblationTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const head = (cells: readonly string[]) => [line(cells), line(cells.map(() => '---'))];
  const own = rows.map((r) =>
    line([
      r.variant,
      r.what,
      percent(r.validation),
      r.measured.values.map((v) => v.toFixed(3)).join(', '),
      `${r.measured.mean.toFixed(3)} ± ${r.measured.sd.toFixed(3)}`,
      `${r.outside[0]} of ${r.outside[1]} (p ${r.pValue.mean.toFixed(3)})`,
      `${r.space.outside ? 'outside' : 'inside'} (p ${r.space.pValue.toFixed(3)}, ${r.space.because})`,
    ]),
  );
  const names = rows.map((r) => r.variant);
  const cross = rows.map((r) =>
    line([r.variant, ...names.map((name) => percent(r.accuracy[name]!))]),
  );
  return [
    ...head([
      'data set',
      'what differs from the reference',
      'validation accuracy (%)',
      `measured image: score for ${scored}, each repeat`,
      'mean ± sd',
      'called outside by the features of a network',
      'by the space of the images',
    ]),
    ...own,
    '',
    `Accuracy (%) on ${testImages} test images: trained on the row, tested on the column, mean ± standard deviation over ${repeats} repeats. Between data sets of other draws, without the images whose parameter sets the network has seen.`,
    '',
    ...head(['trained on', ...names]),
    ...cross,
    '',
    'Test images (%) that the space of the training images refuses: fitted on the row, tested on the column, no network asked.',
    '',
    ...head(['fitted on', ...names]),
    ...rows.map((r) => line([r.variant, ...names.map((n) => (100 * r.refused[n]!).toFixed(1))])),
    '',
  ].join('\n');
}
