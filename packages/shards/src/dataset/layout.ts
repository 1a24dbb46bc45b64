import { ShardsError } from '../errors.js';

/** Rows of one Arrow record batch. */
export const recordBatchRows = 32;

/** A parameter that some model of the data set has. */
export interface ParameterColumn {
  readonly name: string;
  /** 'meV', 'T', or '' for a pure number. */
  readonly unit: string;
}

/** Everything that decides a data set's shape and bytes, but the rows themselves. */
export interface DatasetLayout {
  /** planId; the hash that names the rows. Splits are made from it. */
  readonly planId: string;
  readonly rows: number;
  readonly rowsPerShard: number;
  /** `[rows, columns]` of an image, or any other shape of float32. */
  readonly imageShape: readonly number[];
  /** Names of the image's axes, as many as it has. */
  readonly imageAxes?: readonly string[];
  /** All labels, in the order of their class numbers. */
  readonly labels: readonly string[];
  /** Union over the models; a row holds null in those its model has not. */
  readonly parameters: readonly ParameterColumn[];
  /** What the rows were made from (hashes of model files, versions): goes into every shard. */
  readonly provenance: Readonly<Record<string, string>>;
}

/** One row of a data set. */
export interface DatasetRow {
  readonly row: number;
  readonly label: string;
  readonly parameters: Readonly<Record<string, number>>;
  /** 0 <= seed < 2^64. */
  readonly seed: bigint;
}

const reserved = ['row', 'label', 'seed', 'image'];

/**
 * The union of the models' parameters, in order of first appearance.
 * @throws ShardsError ROW_INVALID for a name with two units, or one a column has already
 */
export function parameterColumns(
  models: readonly { readonly label: string; readonly parameters: readonly ParameterColumn[] }[],
): ParameterColumn[] {
  const columns = new Map<string, { column: ParameterColumn; label: string }>();
  for (const { label, parameters } of models) {
    for (const { name, unit } of parameters) {
      const known = columns.get(name);
      if (known && known.column.unit !== unit) {
        throw new ShardsError({
          code: 'ROW_INVALID',
          what: `The parameter ${name} has two units`,
          got: `'${known.column.unit}' in ${known.label}, '${unit}' in ${label}`,
          expected: 'one unit for one name',
          next: 'rename one of them in its model file',
        });
      }
      if (reserved.includes(name)) {
        throw new ShardsError({
          code: 'ROW_INVALID',
          what: `A parameter cannot be called ${name}`,
          where: `model ${label}`,
          expected: `a name other than ${reserved.join(', ')}`,
          next: 'rename it in the model file',
        });
      }
      if (!known) columns.set(name, { column: { name, unit }, label });
    }
  }
  return Array.from(columns.values(), ({ column }) => column);
}

/** Which rows a shard holds, and its file name. */
export interface ShardRange {
  readonly index: number;
  readonly name: string;
  readonly firstRow: number;
  readonly rows: number;
}

/** Number of shards that the rows fill; the last one may hold fewer. */
export function shardCount(layout: DatasetLayout): number {
  return Math.ceil(layout.rows / layout.rowsPerShard);
}

/** Shard `index` holds rows index * rowsPerShard and on. */
export function shardRange(layout: DatasetLayout, index: number): ShardRange {
  const firstRow = index * layout.rowsPerShard;
  return {
    index,
    name: `shard-${String(index).padStart(6, '0')}.arrow`,
    firstRow,
    rows: Math.min(layout.rowsPerShard, layout.rows - firstRow),
  };
}

/** Pixels of one image. */
export function imageLength(layout: { readonly imageShape: readonly number[] }): number {
  return layout.imageShape.reduce((product, n) => product * n, 1);
}

/** @throws ShardsError ROW_INVALID naming what does not hold */
export function checkLayout(layout: DatasetLayout): void {
  const whole = (n: number, most: number) => Number.isSafeInteger(n) && n >= 1 && n <= most;
  const pixels = imageLength(layout);
  const problems = [
    !whole(layout.rows, 0xffffffff) && `rows ${layout.rows}`,
    !whole(layout.rowsPerShard, 1_000_000) && `rowsPerShard ${layout.rowsPerShard}`,
    !(layout.imageShape.length > 0 && layout.imageShape.every((n) => whole(n, 2 ** 26))) &&
      `imageShape [${layout.imageShape.join(', ')}]`,
    !whole(pixels, 2 ** 26) && `${pixels} pixels`,
    layout.imageAxes &&
      layout.imageAxes.length !== layout.imageShape.length &&
      `imageAxes [${layout.imageAxes.join(', ')}]`,
    new Set(layout.labels).size !== layout.labels.length && 'a label twice',
    layout.labels.length === 0 && 'no labels',
  ].filter((problem) => typeof problem === 'string');
  if (problems.length === 0) return;
  throw new ShardsError({
    code: 'ROW_INVALID',
    what: 'The layout of the data set does not hold',
    got: problems.join('; '),
    expected:
      'rows 1 .. 2^32 - 1, rowsPerShard 1 .. 1,000,000, an image of 1 .. 2^26 pixels, distinct labels',
  });
}
