import { XrayError, type XrayErrorCode } from '../errors.js';

/** One atom of a scattering path. */
export interface PathLeg {
  readonly positionAngstrom: readonly [number, number, number];
  readonly potential: number;
  readonly atomicNumber: number;
  readonly label: string;
}

/** A scattering path as FEFF tabulates it in `feffNNNN.dat`. */
export interface FeffPath {
  readonly name: string;
  /** Free text at the top. */
  readonly header: readonly string[];
  readonly legCount: number;
  readonly degeneracy: number;
  /** Half of the path's length, Å. */
  readonly effectiveLengthAngstrom: number;
  /** Mean Norman radius, bohr. */
  readonly normanRadiusBohr: number;
  /** Edge relative to the vacuum, eV. */
  readonly edgeEv: number;
  readonly legs: readonly PathLeg[];
  /** `[points]`, Å^-1, ascending. */
  readonly k: Float64Array;
  /** `[points]`, rad: phase of the central atom (twice) plus phase of the scatterer. */
  readonly phase: Float64Array;
  /** `[points]`, Å: scattering amplitude times the reduction factor. */
  readonly amplitude: Float64Array;
  /** `[points]`, Å: mean free path. */
  readonly meanFreePath: Float64Array;
  /** `[points]`, Å^-1: real part of the complex momentum. */
  readonly realMomentum: Float64Array;
}

const columnNames = 'k real[2*phc] mag[feff] phase[feff] red factor lambda real[p]';

/**
 * Reads a path table from FEFF 6 to 10: free header, a line `nleg, deg, reff, rnrmav(bohr), edge`, the
 * legs, and seven columns.
 * @param name what errors call it; usually the file
 * @throws XrayError `PATH_TABLE_INVALID`; `PATH_TABLE_CUT_SHORT` where legs, rows or columns are missing
 */
export function parseFeffPath(text: string, name = 'feff path'): FeffPath {
  const fail = (code: XrayErrorCode, line: number, what: string, got?: string, expected?: string) =>
    new XrayError({
      code,
      what,
      where: `${name}, line ${line}`,
      ...(got === undefined ? {} : { got }),
      ...(expected === undefined ? {} : { expected }),
      next: 'take the file as FEFF wrote it (feffNNNN.dat), whole',
    });
  const lines = text.split(/\r?\n/);
  const headAt = lines.findIndex((l) => /\bnleg\b.*\bdeg\b.*\breff\b/i.test(l));
  if (headAt < 0) {
    throw fail(
      'PATH_TABLE_INVALID',
      lines.length,
      'There is no line that ends in "nleg, deg, reff, rnrmav(bohr), edge"',
    );
  }
  const head = lines[headAt]!.trim().split(/\s+/).slice(0, 5).map(Number);
  const [legCount, degeneracy, reff, norman, edge] = head as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (
    !head.every(Number.isFinite) ||
    !Number.isInteger(legCount) ||
    legCount < 2 ||
    !(reff > 0) ||
    !(degeneracy > 0)
  ) {
    throw fail(
      'PATH_TABLE_INVALID',
      headAt + 1,
      'The path line does not start with nleg, degeneracy, reff, rnrmav and edge',
      lines[headAt]!.trim(),
      'e.g. 2  12.000  2.5527  2.6317  -3.82035',
    );
  }
  const columnAt = lines.findIndex((l, i) => i > headAt && /real\[2\*phc\]/i.test(l));
  const legLines = lines.slice(headAt + 2, columnAt < 0 ? undefined : columnAt);
  const legs: PathLeg[] = [];
  for (const [i, line] of legLines.entries()) {
    const words = line.trim().split(/\s+/);
    if (words.length < 6) continue;
    const numbers = words.slice(0, 5).map(Number);
    if (!numbers.every(Number.isFinite)) {
      throw fail(
        'PATH_TABLE_INVALID',
        headAt + 3 + i,
        'This leg is not x, y, z, pot, atomic number, label',
        line.trim(),
      );
    }
    legs.push({
      positionAngstrom: [numbers[0]!, numbers[1]!, numbers[2]!],
      potential: numbers[3]!,
      atomicNumber: numbers[4]!,
      label: words[5]!,
    });
  }
  if (legs.length < legCount || columnAt < 0) {
    throw fail(
      'PATH_TABLE_CUT_SHORT',
      columnAt < 0 ? lines.length : columnAt + 1,
      columnAt < 0 ? 'The table ends before its columns begin' : 'Legs of the path are missing',
      `${legs.length} legs`,
      `${legCount} legs and the columns ${columnNames}`,
    );
  }
  if (legs.length > legCount) {
    throw fail(
      'PATH_TABLE_INVALID',
      columnAt + 1,
      'There are more legs than the path line says',
      `${legs.length}`,
      `${legCount}`,
    );
  }
  const rows: number[][] = [];
  for (let i = columnAt + 1; i < lines.length; i++) {
    const line = lines[i]!.trim();
    if (line === '') continue;
    const row = line.split(/\s+/).map(Number);
    if (row.length < 7) {
      throw fail(
        'PATH_TABLE_CUT_SHORT',
        i + 1,
        'A row has too few columns',
        `${row.length}`,
        `7: ${columnNames}`,
      );
    }
    if (row.length > 7 || !row.every(Number.isFinite)) {
      throw fail('PATH_TABLE_INVALID', i + 1, 'A row is not seven numbers', line, columnNames);
    }
    if (rows.length > 0 && !(row[0]! > rows[rows.length - 1]![0]!)) {
      throw fail(
        'PATH_TABLE_INVALID',
        i + 1,
        'k does not ascend',
        `${row[0]} after ${rows[rows.length - 1]![0]}`,
      );
    }
    if (!(row[5]! > 0)) {
      throw fail('PATH_TABLE_INVALID', i + 1, 'The mean free path must be above 0', `${row[5]} Å`);
    }
    rows.push(row);
  }
  if (rows.length < 8) {
    throw fail(
      'PATH_TABLE_CUT_SHORT',
      lines.length,
      'The table has too few rows for a spline',
      `${rows.length}`,
      'at least 8',
    );
  }
  const column = (f: (row: number[]) => number) => Float64Array.from(rows, f);
  return {
    name,
    header: lines.slice(0, headAt).map((l) => l.trimEnd()),
    legCount,
    degeneracy,
    effectiveLengthAngstrom: reff,
    normanRadiusBohr: norman,
    edgeEv: edge,
    legs,
    k: column((r) => Math.abs(r[0]!)),
    phase: unwrapped(column((r) => r[1]! + r[3]!)),
    amplitude: column((r) => r[2]! * r[4]!),
    meanFreePath: column((r) => r[5]!),
    realMomentum: column((r) => r[6]!),
  };
}

/** Jumps of 2 pi, which some versions of FEFF leave in a phase, taken out. */
function unwrapped(phase: Float64Array): Float64Array {
  for (let i = 1; i < phase.length; i++) {
    const jump = phase[i]! - phase[i - 1]!;
    phase[i] = phase[i]! - 2 * Math.PI * Math.round(jump / (2 * Math.PI));
  }
  return phase;
}
