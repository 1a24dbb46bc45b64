import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { readColumn } from '@spectraloom/shards';
import { linearGrid, parseColumns, parseNumberCsv, resampleSpectrum } from '@spectraloom/xray';
import { PipelineError } from '../errors.js';
import type { FileSource, XrayFile } from './files.js';

/** Spectra that were brought in, all on one grid. */
export interface GivenSpectra {
  readonly grid: Float64Array;
  /** `[rows][points]` */
  readonly rows: readonly Float64Array[];
}

interface Raw {
  readonly rows: readonly Float64Array[];
  /** One grid for all, or one for each row; undefined where the file has none. */
  readonly grids?: Float64Array | readonly Float64Array[];
  /** Name of a row, for errors. */
  readonly name: (row: number) => string;
}

/**
 * Reads the spectra of a pipeline with own data, and brings them onto one grid.
 *
 * A file `.npy` or `.npz` `[rows, points]`; `.csv` whose header is the energies; `.parquet` with a column of
 * lists; or a folder of two-column files, one a spectrum, in the order of their names.
 * @throws PipelineError DATA_INVALID: different grids, a number that is not finite, nothing there;
 *   errors of the readers
 */
export async function readGivenSpectra(
  source: FileSource,
  targets: XrayFile['targets'],
  folder: string,
): Promise<GivenSpectra> {
  const path = join(folder, source.spectra);
  const raw = (await stat(path)).isDirectory()
    ? await folderOf(path)
    : extname(path).toLowerCase() === '.csv'
      ? await tableOf(path)
      : await arrayOf(path, source.spectraColumn);
  const grids = source.energies
    ? await energiesOf(join(folder, source.energies), source.energiesColumn, raw)
    : raw.grids;
  raw.rows.forEach((row, i) => {
    const wrong = row.findIndex((v) => !Number.isFinite(v));
    if (wrong >= 0) {
      throw invalid(
        'a spectrum holds a value that is no finite number',
        `${raw.name(i)}, point ${wrong}`,
        String(row[wrong]),
        'finite numbers',
        'leave this row out (of the structures too), or mend it',
      );
    }
  });
  const declared = source.grid ?? targets.find((t) => t.grid)?.grid;
  const onto = declared && linearGrid(declared.from, declared.to, declared.points);
  if (!grids) {
    const points = raw.rows[0]!.length;
    if (!onto) {
      throw invalid(
        'the energies of the spectra are not known',
        path,
        `${points} points`,
        'structures.grid { from, to, points }, or structures.energies, a file',
        "say one of them in pipeline.yaml's structures",
      );
    }
    if (onto.length !== points) {
      throw invalid(
        'the spectra have another number of points than their grid',
        path,
        `${points} points a row`,
        `${onto.length} points a row`,
        "mend 'grid' in pipeline.yaml",
      );
    }
    return { grid: onto, rows: raw.rows };
  }
  return { grid: onto ?? oneGrid(raw, grids), rows: onto ? resampled(raw, grids, onto) : raw.rows };
}

/** @throws PipelineError DATA_INVALID naming the first row whose grid is another */
function oneGrid(raw: Raw, grids: NonNullable<Raw['grids']>): Float64Array {
  if (grids instanceof Float64Array) return grids;
  const first = grids[0]!;
  const tolerance = 1e-6 * Math.abs(first.at(-1)! - first[0]!);
  grids.forEach((grid, i) => {
    const same =
      grid.length === first.length && grid.every((e, j) => Math.abs(e - first[j]!) <= tolerance);
    if (same) return;
    throw invalid(
      'the spectra are on different grids',
      raw.name(i),
      `${grid.length} points from ${grid[0]} to ${grid.at(-1)}`,
      `${first.length} points from ${first[0]} to ${first.at(-1)}, as ${raw.name(0)}`,
      'give structures.grid { from, to, points }: all spectra are then brought onto it',
    );
  });
  return first;
}

function resampled(
  raw: Raw,
  grids: NonNullable<Raw['grids']>,
  onto: Float64Array,
): readonly Float64Array[] {
  return raw.rows.map((row, i) => {
    const grid = grids instanceof Float64Array ? grids : grids[i]!;
    try {
      return resampleSpectrum(grid, row, onto);
    } catch (error) {
      throw invalid(
        'a spectrum cannot be brought onto the grid',
        raw.name(i),
        `${grid.length} energies from ${grid[0]} to ${grid.at(-1)}`,
        `ascending energies that hold ${onto[0]} to ${onto.at(-1)}`,
        'mend structures.grid, or the spectrum',
        error,
      );
    }
  });
}

async function folderOf(path: string): Promise<Raw> {
  const order = new Intl.Collator('en', { numeric: true }).compare;
  const names = (await readdir(path)).filter((n) => !n.startsWith('.')).sort(order);
  if (names.length === 0)
    throw invalid('the folder holds no spectra', path, 'no file', 'a file of two columns a row');
  const rows: Float64Array[] = [];
  const grids: Float64Array[] = [];
  for (const name of names) {
    const file = join(path, name);
    const { columns } = parseColumns(await readFile(file, 'utf8'), file);
    if (columns.length < 2)
      throw invalid(
        'a spectrum needs two columns',
        file,
        `${columns.length}`,
        'energy and intensity',
      );
    grids.push(columns[0]!);
    rows.push(columns[1]!);
  }
  return { rows, grids, name: (i) => join(path, names[i]!) };
}

async function tableOf(path: string): Promise<Raw> {
  const { names, rows, values } = parseNumberCsv(await readFile(path, 'utf8'), path);
  const energies = Float64Array.from(names, Number);
  const width = names.length;
  return {
    rows: Array.from({ length: rows }, (_, i) => values.slice(i * width, (i + 1) * width)),
    ...(energies.every(Number.isFinite) && { grids: energies }),
    name: (i) => `${path}, row ${i}`,
  };
}

async function arrayOf(path: string, name: string | undefined): Promise<Raw> {
  const column = await readColumn({ file: path, ...(name !== undefined && { name }) });
  if (column.shape.length !== 1) {
    throw invalid(
      'spectra are rows of points',
      path,
      `rows of shape (${column.shape.join(', ')})`,
      '[rows, points]',
    );
  }
  const rows: Float64Array[] = [];
  for (let i = 0; i < column.rows; i++) rows.push(Float64Array.from(await column.image(i)));
  if (rows.length === 0) throw invalid('there are no spectra', path, '0 rows', 'at least one');
  return { rows, name: (i) => `${path}, row ${i}` };
}

/** Energies from a file of their own: `[points]`, or `[rows, points]` for one grid a spectrum. */
async function energiesOf(
  path: string,
  name: string | undefined,
  raw: Raw,
): Promise<NonNullable<Raw['grids']>> {
  const column = await readColumn({ file: path, ...(name !== undefined && { name }) });
  if (column.shape.length === 0)
    return Float64Array.from({ length: column.rows }, (_, i) => column.number(i));
  const grids: Float64Array[] = [];
  for (let i = 0; i < column.rows; i++) grids.push(Float64Array.from(await column.image(i)));
  const lengths = grids.every((g, i) => g.length === raw.rows[i]?.length);
  if (grids.length === raw.rows.length && lengths) return grids;
  throw invalid(
    'the energies do not belong to the spectra',
    path,
    `${grids.length} rows of ${grids[0]?.length ?? 0}`,
    `${raw.rows[0]!.length} energies, or ${raw.rows.length} rows of them`,
  );
}

function invalid(
  what: string,
  where: string,
  got: string,
  expected: string,
  next = "mend the file, or 'structures' in pipeline.yaml",
  cause?: unknown,
): PipelineError {
  return new PipelineError('DATA_INVALID', { what, where, got, expected, next }, { cause });
}
