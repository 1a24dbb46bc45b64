import { ShardsError } from '../errors.js';

/**
 * Reads a table of comma-separated values with a header line (RFC 4180: quoted fields, doubled
 * quotes, CRLF or LF).
 * @returns texts by column name
 * @throws ShardsError IMPORT_INVALID naming the line
 */
export function readCsv(text: string, source = 'CSV file'): Map<string, string[]> {
  const fail = (what: string, line: number, got?: string, expected?: string) =>
    new ShardsError({
      code: 'IMPORT_INVALID',
      what,
      where: `${source}, line ${line}`,
      got,
      expected,
    });
  const body = text.startsWith('\ufeff') ? text.slice(1) : text;
  let line = 1;
  let names: string[] | undefined;
  let columns: string[][] = [];
  let record: string[] = [];
  const endRecord = (first: number) => {
    const blank = record.length === 1 && record[0] === '';
    if (!blank && !names) {
      names = record;
      columns = names.map(() => []);
      const twice = names.find((name, i) => names!.indexOf(name) !== i);
      if (twice !== undefined) throw fail('A column name is given twice', first, twice);
    } else if (!blank) {
      if (record.length !== columns.length) {
        throw fail(
          'A line has another number of fields than the header',
          first,
          `${record.length}`,
          `${columns.length}`,
        );
      }
      record.forEach((field, i) => columns[i]!.push(field));
    }
    record = [];
  };
  let at = 0;
  while (at < body.length) {
    const first = line;
    for (;;) {
      let field: string;
      if (body[at] === '"') {
        field = '';
        for (;;) {
          const close = body.indexOf('"', at + 1);
          if (close < 0) throw fail('A quoted field does not end', first);
          const part = body.slice(at + 1, close);
          field += part;
          line += part.split('\n').length - 1;
          at = close + 1;
          if (body[at] !== '"') break;
          field += '"';
        }
      } else {
        const end = /[,\r\n]|$/g;
        end.lastIndex = at;
        const stop = end.exec(body)!.index;
        field = body.slice(at, stop);
        at = stop;
      }
      record.push(field);
      if (body[at] === ',') {
        at++;
        continue;
      }
      if (body[at] === '\r') at++;
      if (at < body.length && body[at] !== '\n') {
        throw fail('Something stands behind a quoted field', first, JSON.stringify(body[at]));
      }
      at++;
      line++;
      break;
    }
    endRecord(first);
  }
  if (!names) throw fail('The table is empty', 1, 'no header');
  return new Map(names.map((name, i) => [name, columns[i]!]));
}
