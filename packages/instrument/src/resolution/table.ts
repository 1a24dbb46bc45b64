import { InstrumentError } from '../errors.js';

/** A covariance table on a regular grid of two coordinates and energy. */
export interface ResolutionTable {
  /** Node coordinates, ascending, [nodes] each. */
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly energyMeV: Float64Array;
  /** [first, second, energy, 6]: 11, 12, 22, 1E, 2E, EE. */
  readonly values: Float64Array;
}

function bad(what: string, got: string, expected: string, where?: string): InstrumentError {
  return new InstrumentError('BAD_TABLE', {
    what,
    where,
    got,
    expected,
    next: 'mend the table, or use the covariance computed from the instrument',
  });
}

const distinct = (values: number[]): Float64Array =>
  Float64Array.from(values)
    .sort()
    .filter((v, i, all) => i === 0 || v - all[i - 1]! > 1e-9 * Math.max(1, Math.abs(v)));

/**
 * A table in the 12-column text format: two coordinates (r.l.u.), energy (meV), then the row-major
 * 3 x 3 covariance of the three. Lines that begin with # and empty lines are skipped. Nodes that
 * the kinematics do not reach may be missing or zero.
 * @throws InstrumentError BAD_TABLE for malformed lines, asymmetric or indefinite matrices, or
 * lines that lie on no regular grid.
 */
export function parseResolutionTable(
  text: string,
  options: { source?: string } = {},
): ResolutionTable {
  const source = options.source ?? 'table';
  const rows: number[][] = [];
  text.split('\n').forEach((line, n) => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return;
    const row = trimmed.split(/\s+/).map(Number);
    if (row.length !== 12 || row.some((v) => !Number.isFinite(v))) {
      throw bad('a line is not twelve numbers', trimmed.slice(0, 80), '12', `${source}:${n + 1}`);
    }
    const [a, b, c, d, e, f, g, h, i] = row.slice(3) as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const close = (x: number, y: number): boolean =>
      Math.abs(x - y) <= 1e-6 * Math.max(Math.abs(x), Math.abs(y)) + 1e-30;
    if (!close(b, d) || !close(c, g) || !close(f, h)) {
      throw bad(
        'a covariance is not symmetric',
        trimmed.slice(0, 120),
        'equal pairs',
        `${source}:${n + 1}`,
      );
    }
    const zero = row.slice(3).every((v) => v === 0);
    const determinant = a * (e * i - f * f) - b * (b * i - f * c) + c * (b * f - e * c);
    if (!zero && !(a > 0 && e > 0 && i > 0 && a * e - b * b > 0 && determinant > 0)) {
      throw bad(
        'a covariance is not positive definite',
        trimmed.slice(0, 120),
        'a covariance',
        `${source}:${n + 1}`,
      );
    }
    if (!zero) rows.push(row);
  });
  if (rows.length === 0) throw bad('the table is empty', '0 lines', 'at least one node', source);
  const first = distinct(rows.map((r) => r[0]!));
  const second = distinct(rows.map((r) => r[1]!));
  const energyMeV = distinct(rows.map((r) => r[2]!));
  const values = new Float64Array(first.length * second.length * energyMeV.length * 6).fill(NaN);
  const at = (axis: Float64Array, v: number): number => {
    let best = 0;
    axis.forEach((x, n) => {
      if (Math.abs(x - v) < Math.abs(axis[best]! - v)) best = n;
    });
    return best;
  };
  for (const r of rows) {
    const node =
      (at(first, r[0]!) * second.length + at(second, r[1]!)) * energyMeV.length +
      at(energyMeV, r[2]!);
    if (!Number.isNaN(values[6 * node]!)) {
      throw bad('two lines for one node', r.slice(0, 3).join(' '), 'one', source);
    }
    values.set([r[3]!, r[4]!, r[7]!, r[5]!, r[8]!, r[11]!], 6 * node);
  }
  return { first, second, energyMeV, values };
}

/** Node below v and the weight of the next; throws TABLE_RANGE outside the axis. */
function bracket(axis: Float64Array, v: number, name: string): [number, number, number] {
  const n = axis.length;
  const slack = n > 1 ? 1e-9 * (axis[n - 1]! - axis[0]!) : 1e-12;
  if (!(v >= axis[0]! - slack && v <= axis[n - 1]! + slack)) {
    throw new InstrumentError('TABLE_RANGE', {
      what: 'the covariance table does not cover this point',
      got: `${name} = ${v}`,
      expected: `${axis[0]} to ${axis[n - 1]}`,
      next: 'extend the table, or use the covariance computed from the instrument',
    });
  }
  let i = 0;
  while (i + 2 < n && axis[i + 1]! <= v) i++;
  if (n === 1) return [0, 0, 0];
  const f = Math.min(Math.max((v - axis[i]!) / (axis[i + 1]! - axis[i]!), 0), 1);
  return [i, i + 1, f];
}

/**
 * Trilinear interpolation: [6] = 11, 12, 22, 1E, 2E, EE; nodes that are missing leave their weight
 * to the others of the cell.
 * @throws InstrumentError TABLE_RANGE outside the grid, or where the whole cell is missing.
 */
export function interpolateTable(
  table: ResolutionTable,
  first: number,
  second: number,
  energyMeV: number,
): Float64Array {
  const a = bracket(table.first, first, 'first coordinate');
  const b = bracket(table.second, second, 'second coordinate');
  const c = bracket(table.energyMeV, energyMeV, 'energy');
  const out = new Float64Array(6);
  let weight = 0;
  for (let n = 0; n < 8; n++) {
    const w = (n & 1 ? a[2] : 1 - a[2]) * (n & 2 ? b[2] : 1 - b[2]) * (n & 4 ? c[2] : 1 - c[2]);
    if (w === 0) continue;
    const node =
      ((n & 1 ? a[1] : a[0]) * table.second.length + (n & 2 ? b[1] : b[0])) *
        table.energyMeV.length +
      (n & 4 ? c[1] : c[0]);
    if (Number.isNaN(table.values[6 * node]!)) continue;
    weight += w;
    for (let e = 0; e < 6; e++) out[e] = out[e]! + w * table.values[6 * node + e]!;
  }
  if (weight < 1e-9) {
    throw new InstrumentError('TABLE_RANGE', {
      what: 'the covariance table has no node around this point',
      got: `(${first}, ${second}, ${energyMeV} meV)`,
      expected: 'at least one filled node',
      next: 'extend the table, or use the covariance computed from the instrument',
    });
  }
  for (let e = 0; e < 6; e++) out[e] = out[e]! / weight;
  return out;
}
