import { ReportError } from '../errors.js';
import { imageShape, type TileLayout } from './layout.js';
import { reportSchema } from './schema.js';
import type { ReportData, TiledImage } from './types.js';

/** A problem found in a report's data: where, and what. */
interface Problem {
  readonly path: string;
  readonly problem: string;
}

const MOST_PROBLEMS_LISTED = 12;

function fail(problems: readonly Problem[]): never {
  const listed = problems
    .slice(0, MOST_PROBLEMS_LISTED)
    .map(({ path, problem }) => `${path}: ${problem}`);
  const more = problems.length - listed.length;
  throw new ReportError({
    code: 'REPORT_DATA_INVALID',
    what: `the data of a report do not fit together (${problems.length} problem${problems.length === 1 ? '' : 's'})`,
    where: problems[0].path,
    got: listed.join(' | ') + (more > 0 ? ` | and ${more} more` : ''),
    expected: 'data of the type ReportData, format spectraloom-report/1',
    next: 'mend what assembles these data; every place is named',
  });
}

/** Problems of one image: its length and its mask's, and values that are no numbers. */
export function imageProblems(
  layout: TileLayout,
  image: TiledImage,
  path: string,
): { path: string; problem: string }[] {
  const [rows, cols] = imageShape(layout);
  const problems: Problem[] = [];
  if (image.values.length !== rows * cols) {
    problems.push({
      path: `${path}.values`,
      problem: `got ${image.values.length} pixels, expected ${rows} x ${cols} = ${rows * cols}`,
    });
  }
  if (image.mask && image.mask.length !== image.values.length) {
    problems.push({
      path: `${path}.mask`,
      problem: `got ${image.mask.length} values for ${image.values.length} pixels`,
    });
  }
  const bad = image.values.findIndex((v, i) => !Number.isFinite(v) && image.mask?.[i] !== 1);
  if (bad >= 0) {
    problems.push({
      path: `${path}.values[${bad}]`,
      problem: `got ${image.values[bad]} in a pixel that is not masked`,
    });
  }
  return problems;
}

class Checker {
  readonly problems: Problem[] = [];
  private readonly names: ReadonlySet<string>;

  constructor(private readonly data: ReportData) {
    this.names = new Set(data.classes.map((c) => c.name));
    if (this.names.size !== data.classes.length) this.add('classes', 'two classes have one name');
  }

  add(path: string, problem: string): void {
    this.problems.push({ path, problem });
  }

  className(name: string, path: string): void {
    if (!this.names.has(name)) {
      this.add(path, `'${name}' is none of the classes (${[...this.names].join(', ')})`);
    }
  }

  image(image: TiledImage, path: string): void {
    this.problems.push(...imageProblems(this.data.layout, image, path));
  }

  parts(): void {
    const { data } = this;
    if (Number.isNaN(Date.parse(data.createdAt))) {
      this.add('createdAt', `got '${data.createdAt}', expected an ISO 8601 time`);
    }
    data.examples.forEach((example, i) => {
      this.className(example.className, `examples[${i}].className`);
      this.image(example.image, `examples[${i}].image`);
    });
    data.draws.forEach((draw, i) => {
      this.className(draw.className, `draws[${i}].className`);
      const rejected = Object.values(draw.rejected).reduce((a, b) => a + b, 0);
      if (draw.drawn !== draw.accepted + rejected) {
        this.add(
          `draws[${i}]`,
          `drawn ${draw.drawn} is not accepted ${draw.accepted} + rejected ${rejected}`,
        );
      }
    });
    data.evaluation?.forEach((evaluation, i) => {
      const n = data.classes.length;
      if (evaluation.confusion.length !== n || evaluation.confusion.some((r) => r.length !== n)) {
        this.add(`evaluation[${i}].confusion`, `expected ${n} rows of ${n} counts`);
      }
    });
    this.measured();
    this.places();
  }

  private places(): void {
    const { places, learnt, layout } = this.data;
    const tiles = layout.rows.length * layout.columns.length;
    const check = (length: number, path: string): void => {
      if (length !== tiles)
        this.add(path, `got ${length} values, expected one for each of ${tiles} tiles`);
    };
    if (places) this.className(places.className, 'places.className');
    places?.maps.forEach((m, i) => check(m.tiles.length, `places.maps[${i}].tiles`));
    if (learnt?.listened) check(learnt.listened.strength.length, 'learnt.listened.strength');
    learnt?.maximal.forEach((m, i) => {
      this.className(m.className, `learnt.maximal[${i}].className`);
      this.image({ values: m.values }, `learnt.maximal[${i}]`);
    });
    this.data.doubt?.verdicts.forEach((v, i) => {
      if (v.className !== null) this.className(v.className, `doubt.verdicts[${i}].className`);
      this.className(v.called, `doubt.verdicts[${i}].called`);
      for (const name of this.names) {
        if (v.scores[name] === undefined)
          this.add(`doubt.verdicts[${i}].scores`, `no score for '${name}'`);
      }
    });
  }

  private measured(): void {
    const measured = this.data.measured;
    if (!measured) return;
    this.image(measured.image, 'measured.image');
    if (measured.origin.kind === 'simulated-stand-in') {
      this.className(measured.origin.className, 'measured.origin.className');
    }
    const { verdict, bestMatch, activation } = measured;
    const scored = Object.keys(verdict.scores);
    scored.forEach((name) => this.className(name, `measured.verdict.scores.${name}`));
    for (const name of this.names) {
      if (!scored.includes(name)) this.add('measured.verdict.scores', `no score for '${name}'`);
    }
    const total = Object.values(verdict.scores).reduce((a, b) => a + b, 0);
    if (Math.abs(total - 1) > 1e-3) {
      this.add('measured.verdict.scores', `their sum is ${total}, expected 1`);
    }
    if (verdict.className !== null) this.className(verdict.className, 'measured.verdict.className');
    else if (!verdict.outside?.isOutside) {
      this.add('measured.verdict', 'className is null, and nothing says that it is outside');
    }
    if (bestMatch) {
      this.className(bestMatch.className, 'measured.bestMatch.className');
      this.image(bestMatch.image, 'measured.bestMatch.image');
    }
    if (activation) {
      const { layout } = this.data;
      const [rows, cols] = activation.shape;
      this.className(activation.className, 'measured.activation.className');
      if (activation.map.length !== rows * cols) {
        this.add(
          'measured.activation.map',
          `got ${activation.map.length} values, expected ${rows} x ${cols}`,
        );
      }
      const bad = activation.map.findIndex((v) => !Number.isFinite(v));
      if (bad >= 0) this.add(`measured.activation.map[${bad}]`, `got ${activation.map[bad]}`);
      const tiles = layout.rows.length * layout.columns.length;
      if (activation.tileMeans.length !== tiles) {
        this.add(
          'measured.activation.tileMeans',
          `got ${activation.tileMeans.length} values, expected one for each of ${tiles} tiles`,
        );
      }
    }
  }
}

/**
 * Checks data for a report: their shape, and what the parts owe each other (lengths against the
 * layout, class names, sums). Returns the very object it was given.
 * @throws ReportError REPORT_DATA_INVALID, listing every problem with its place
 */
export function checkReportData(data: unknown): ReportData {
  const result = reportSchema.safeParse(data);
  if (!result.success) {
    fail(
      result.error.issues.map((issue) => ({
        path: issue.path.map(String).join('.') || 'data',
        problem: issue.message,
      })),
    );
  }
  const checker = new Checker(result.data);
  checker.parts();
  if (checker.problems.length > 0) fail(checker.problems);
  return data as ReportData;
}
