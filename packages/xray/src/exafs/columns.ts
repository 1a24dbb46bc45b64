import { XrayError } from '../errors.js';

/** A table of numbers read from text. */
export interface Columns {
  /** Lines that start with `#`, without it. */
  readonly comments: readonly string[];
  /** Names of the columns, lower case: of `Column.N` lines (XDI), or of the last comment line. */
  readonly names: readonly string[];
  /** `[columns][rows]` */
  readonly columns: readonly Float64Array[];
}

/**
 * Reads white-space or comma separated columns with `#` comments: `chi.dat` of FEFF, Athena's `.chik`,
 * XDI.
 * @throws XrayError `FILE_INVALID`
 */
export function parseColumns(text: string, name = 'column file'): Columns {
  const comments: string[] = [];
  const rows: number[][] = [];
  const fail = (line: number, what: string, got: string) =>
    new XrayError({ code: 'FILE_INVALID', what, where: `${name}, line ${line}`, got });
  text.split(/\r?\n/).forEach((raw, i) => {
    const line = raw.trim();
    if (line === '') return;
    if (/^[#%;*]/.test(line)) {
      comments.push(line.slice(1).trim());
      return;
    }
    const row = line.split(/[\s,]+/).map(Number);
    if (!row.every(Number.isFinite)) throw fail(i + 1, 'This line is not numbers', line);
    if (rows.length > 0 && row.length !== rows[0]!.length) {
      throw fail(i + 1, `The first row has ${rows[0]!.length} columns`, `${row.length} columns`);
    }
    rows.push(row);
  });
  if (rows.length === 0) throw fail(1, 'There are no rows of numbers', `${text.length} characters`);
  const count = rows[0]!.length;
  const last = (comments[comments.length - 1] ?? '').split(/\s+/);
  const names = Array.from({ length: count }, (_, c) => {
    const declared = comments
      .map((l) => new RegExp(`^Column\\.${c + 1}:\\s*(\\S+)`, 'i').exec(l)?.[1])
      .find((x) => x !== undefined);
    return (
      declared ??
      (last.length >= count ? last[c] : undefined) ??
      `column ${c + 1}`
    ).toLowerCase();
  });
  return {
    comments,
    names,
    columns: Array.from({ length: count }, (_, c) => Float64Array.from(rows, (r) => r[c]!)),
  };
}

/** A measured or computed chi(k). */
export interface ChiOfK {
  /** `[points]`, Å^-1, ascending. */
  readonly k: Float64Array;
  /** `[points]`, unweighted. */
  readonly chi: Float64Array;
}

/**
 * The columns named k and chi of a column file, or else its first two.
 * @throws XrayError `FILE_INVALID`
 */
export function parseChi(text: string, name = 'chi file'): ChiOfK {
  const { names, columns } = parseColumns(text, name);
  if (columns.length < 2) {
    throw new XrayError({
      code: 'FILE_INVALID',
      what: 'chi(k) needs two columns',
      where: name,
      got: `${columns.length} column`,
      expected: 'k in Å^-1, chi',
    });
  }
  const find = (wanted: string, otherwise: number) => {
    const at = names.indexOf(wanted);
    return columns[at < 0 ? otherwise : at]!;
  };
  const k = find('k', 0);
  for (let i = 0; i < k.length; i++) {
    if (!(k[i]! >= 0) || (i > 0 && !(k[i]! > k[i - 1]!))) {
      throw new XrayError({
        code: 'FILE_INVALID',
        what: 'k must be 0 or more and ascend',
        where: `${name}, row ${i + 1} of the numbers`,
        got: String(k[i]),
      });
    }
  }
  return { k, chi: find('chi', 1) };
}

/** S0^2 from the header of FEFF's `chi.dat` (`S02=0.950`); undefined where it is not there. */
export function amplitudeReduction(comments: readonly string[]): number | undefined {
  for (const line of comments) {
    const match = /\bS02\s*=\s*([0-9.Ee+-]+)/.exec(line);
    if (match) return Number(match[1]);
  }
  return undefined;
}
