import { XrayError } from '../errors.js';

/** A table of numbers with named columns. */
export interface NumberTable {
  readonly names: readonly string[];
  readonly rows: number;
  /** `[rows, names.length]`, row-major. */
  readonly values: Float64Array;
}

/**
 * Reads comma, semicolon or tab separated numbers with one line of names; lines that start with `#` are
 * passed over; names may be quoted.
 * @throws XrayError `FILE_INVALID` with the line and column; an empty or unreadable number is refused
 */
export function parseNumberCsv(text: string, name = 'csv file'): NumberTable {
  const lines = text.split(/\r?\n/);
  let names: string[] | undefined;
  let separator = ',';
  const values: number[] = [];
  let rows = 0;
  const fail = (line: number, what: string, got: string, expected?: string) =>
    new XrayError({
      code: 'FILE_INVALID',
      what,
      where: `${name}, line ${line + 1}`,
      got,
      ...(expected === undefined ? {} : { expected }),
    });
  lines.forEach((line, i) => {
    if (line.trim() === '' || line.startsWith('#')) return;
    if (names === undefined) {
      separator = [',', ';', '\t'].reduce((a, b) =>
        line.split(b).length > line.split(a).length ? b : a,
      );
      names = line.split(separator).map((w) => w.trim().replace(/^"(.*)"$/, '$1'));
      if (names.some((w) => w === '') || new Set(names).size !== names.length) {
        throw fail(i, 'The first line must name each column, each name once', line);
      }
      return;
    }
    const words = line.split(separator);
    if (words.length !== names.length) {
      throw fail(
        i,
        'This line has another number of fields than there are names',
        `${words.length}`,
        `${names.length}`,
      );
    }
    words.forEach((word, c) => {
      const value = word.trim() === '' ? NaN : Number(word);
      if (!Number.isFinite(value)) {
        throw fail(i, `Column ${names![c]} is not a number`, JSON.stringify(word));
      }
      values.push(value);
    });
    rows++;
  });
  if (names === undefined || rows === 0) {
    throw fail(
      0,
      'There are no rows',
      `${text.length} characters`,
      'a line of names, then numbers',
    );
  }
  return { names, rows, values: Float64Array.from(values) };
}
