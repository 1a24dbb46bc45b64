import { XrayError } from '../errors.js';
import { atomicNumber } from '../molecule/elements.js';
import type { BasisSet } from './basis.js';
import type { ShellData } from './data.js';

/**
 * Reads a basis set from NWChem text, as the Basis Set Exchange gives it:
 *
 *     O    S
 *           0.1307093214E+03       0.1543289673E+00
 *     O    SP
 *           0.5033151319E+01      -0.9996722919E-01       0.1559162750E+00
 *
 * `BASIS` and `END` lines, blank lines and comments (#) are passed over.
 * @throws XrayError `BASIS_INVALID`, with the line; shells above p are refused
 */
export function parseBasis(text: string, where = 'basis text'): BasisSet {
  const set: Record<string, ShellData[]> = {};
  let kind = '';
  let element = '';
  let rows: number[][] = [];
  let headLine = 0;
  const fail = (line: number, what: string, got: string, expected: string): never => {
    throw new XrayError({
      code: 'BASIS_INVALID',
      what,
      where: `${where}, line ${line}`,
      got,
      expected,
    });
  };
  const close = () => {
    if (kind === '') return;
    if (rows.length === 0) fail(headLine, 'A shell has no primitives', `${element} ${kind}`, '1+');
    const shells = (set[element] ??= []);
    const column = (k: number) => rows.map((r) => r[k]!);
    const zeros = rows.map(() => 0);
    const contractions = rows[0]!.length - 1;
    if (kind === 'SP') shells.push([column(0), column(1), column(2)]);
    else {
      for (let c = 1; c <= contractions; c++) {
        shells.push(
          kind === 'S' ? [column(0), column(c)] : ([column(0), zeros, column(c)] as ShellData),
        );
      }
    }
    rows = [];
  };
  text.split(/\r?\n/).forEach((raw, i) => {
    const line = raw.replace(/#.*/, '').trim();
    if (line === '') return;
    const head = /^([A-Za-z]{1,2})\s+([A-Za-z]+)$/.exec(line);
    if (/^(basis\b|end$)/i.test(line)) {
      close();
      kind = '';
      return;
    }
    if (head) {
      close();
      const symbol = head[1]!;
      element = symbol[0]!.toUpperCase() + symbol.slice(1).toLowerCase();
      atomicNumber(element);
      kind = head[2]!.toUpperCase() === 'L' ? 'SP' : head[2]!.toUpperCase();
      headLine = i + 1;
      if (!['S', 'P', 'SP'].includes(kind)) {
        fail(i + 1, 'This shell cannot be computed here', head[2]!, 'S, P or SP');
      }
      return;
    }
    const numbers = line.split(/\s+/).map((w) => Number(w.replace(/[dD]/, 'E')));
    if (kind === '' || !numbers.every(Number.isFinite)) {
      fail(i + 1, 'This line is neither a shell nor a primitive', raw, 'e.g. "O S", "130.7 0.154"');
    }
    const wanted = kind === 'SP' ? 3 : (rows[0]?.length ?? Math.max(2, numbers.length));
    if (numbers.length !== wanted || !(numbers[0]! > 0)) {
      fail(
        i + 1,
        `A primitive of a ${kind} shell is a positive exponent and its coefficients`,
        raw.trim(),
        `${wanted} numbers`,
      );
    }
    rows.push(numbers);
  });
  close();
  if (Object.keys(set).length === 0) {
    fail(1, 'There is no shell in this text', `${text.length} characters`, 'NWChem format');
  }
  return set;
}
