import { ShardsError } from '../errors.js';

/** What the header of a NumPy file says, before any of it is believed. */
export interface NpyHeader {
  readonly version: 1 | 2 | 3;
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Byte at which the elements start. */
  readonly dataOffset: number;
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** A header says three short things; one this long is not a header (NumPy's own limit is 10,000). */
export const longestHeader = 1 << 20;

type Literal = string | number | boolean | null | Literal[] | Map<string, Literal>;

/**
 * Parses the header of an `.npy` file, format versions 1.0, 2.0 and 3.0.
 * The dictionary in it is Python source text; it is parsed as a literal and never evaluated.
 * @throws ShardsError NPY_FORMAT
 */
export function parseNpyHeader(bytes: Uint8Array, source: string): NpyHeader {
  const fail = (what: string, got?: string, expected?: string) =>
    new ShardsError({ code: 'NPY_FORMAT', what, where: source, got, expected });
  if (bytes.length < 10) {
    throw fail('The file is too short for a NumPy array', `${bytes.length} bytes`, '>= 10 bytes');
  }
  if (magic.some((byte, i) => bytes[i] !== byte)) {
    const first = Array.from(bytes.subarray(0, 6), (b) => b.toString(16).padStart(2, '0'));
    throw fail('The file is not a NumPy array', first.join(' '), '93 4e 55 4d 50 59 (\\x93NUMPY)');
  }
  const version = bytes[6]!;
  if (version !== 1 && version !== 2 && version !== 3) {
    throw fail('Unknown version of the NumPy format', `${version}.${bytes[7]}`, '1.0, 2.0 or 3.0');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) {
    throw fail('The file ends in its header', `${bytes.length} bytes`, `>= ${start} bytes`);
  }
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > longestHeader || start + length > bytes.length) {
    throw fail(
      'The header is longer than the file',
      `header of ${length} bytes in a file of ${bytes.length}`,
      `at most ${Math.min(longestHeader, bytes.length - start)}`,
    );
  }
  const text = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(
    bytes.subarray(start, start + length),
  );
  let fields: Literal;
  try {
    fields = parseLiteral(text);
  } catch (error) {
    throw fail('The header is not a Python dictionary', `${(error as Error).message} in ${text}`);
  }
  if (!(fields instanceof Map)) throw fail('The header is not a Python dictionary', text.trim());
  const descr = fields.get('descr');
  const fortranOrder = fields.get('fortran_order');
  const shape = fields.get('shape');
  if (typeof descr !== 'string') {
    throw fail('Records (structured types) are not read', text.trim(), "descr such as '<f4'");
  }
  if (typeof fortranOrder !== 'boolean') {
    throw fail('The header lacks fortran_order', text.trim(), 'True or False');
  }
  const isAxis = (n: Literal): n is number =>
    typeof n === 'number' && Number.isSafeInteger(n) && n >= 0;
  if (!Array.isArray(shape) || !shape.every(isAxis)) {
    throw fail('The header has no valid shape', text.trim(), 'a tuple of integers >= 0');
  }
  return { version, descr, fortranOrder, shape, dataOffset: start + length };
}

/** A Python literal: dict, tuple, list, string, integer, True, False, None. Throws on the rest. */
function parseLiteral(text: string): Literal {
  let at = 0;
  const space = () => {
    while (at < text.length && /\s/.test(text[at]!)) at++;
  };
  const refuse = (): never => {
    throw new Error(`unexpected ${at < text.length ? `'${text[at]}'` : 'end'} at character ${at}`);
  };
  const items = (close: string): Literal[] => {
    const list: Literal[] = [];
    for (;;) {
      space();
      if (text[at] === close) {
        at++;
        return list;
      }
      list.push(value(1));
      space();
      if (text[at] === ',') at++;
      else if (text[at] !== close) refuse();
    }
  };
  const value = (depth: number): Literal => {
    if (depth > 8) throw new Error('nested too deeply');
    space();
    const c = text[at];
    if (c === '{') {
      at++;
      const map = new Map<string, Literal>();
      for (;;) {
        space();
        if (text[at] === '}') {
          at++;
          return map;
        }
        const key = value(depth + 1);
        space();
        if (typeof key !== 'string' || text[at] !== ':') refuse();
        at++;
        map.set(key as string, value(depth + 1));
        space();
        if (text[at] === ',') at++;
        else if (text[at] !== '}') refuse();
      }
    }
    if (c === '(' || c === '[') {
      at++;
      return items(c === '(' ? ')' : ']');
    }
    const rest = text.slice(at);
    const quoted = /^(?:[bu]?)(?:'([^'\\]*)'|"([^"\\]*)")/.exec(rest);
    if (quoted) {
      at += quoted[0].length;
      return quoted[1] ?? quoted[2] ?? '';
    }
    // Python 2 wrote long integers with an L behind.
    const word = /^(?:(-?\d+)L?|True|False|None)(?![\w.])/.exec(rest);
    if (!word) return refuse();
    at += word[0].length;
    if (word[1] !== undefined) return Number(word[1]);
    return word[0] === 'None' ? null : word[0] === 'True';
  };
  const result = value(0);
  space();
  if (at < text.length) refuse();
  return result;
}
