import { XrayError } from '../errors.js';
import { makeMolecule, type Molecule } from '../molecule/molecule.js';

/** One structure of a file. */
export interface XyzFrame {
  readonly molecule: Molecule;
  /** `[9]`, Å, rows are cell vectors; of extended XYZ's `Lattice`. */
  readonly latticeAngstrom?: Float64Array;
  /** Other `key=value` pairs of the comment line, text as it stands (numbers too). */
  readonly info: Readonly<Record<string, string>>;
  readonly comment: string;
}

/**
 * Reads XYZ and extended XYZ: any number of frames, each its count, a comment line, and rows
 * `element x y z`, Å. In extended XYZ `Properties=species:S:1:pos:R:3:...` says where the columns are,
 * `Lattice="..."` the cell, and other `key=value` pairs (`charge=1`) go to `info`.
 * @throws XrayError `FILE_INVALID` with the line
 */
export function parseXyzFrames(text: string, name = 'xyz file'): XyzFrame[] {
  const lines = text.split(/\r?\n/);
  const frames: XyzFrame[] = [];
  let at = 0;
  const fail = (line: number, what: string, got: string, expected: string) =>
    new XrayError({
      code: 'FILE_INVALID',
      what,
      where: `${name}, line ${line + 1}`,
      got,
      expected,
    });
  while (at < lines.length) {
    if (lines[at]!.trim() === '') {
      at++;
      continue;
    }
    const count = Number(lines[at]!.trim());
    if (!Number.isInteger(count) || count < 1) {
      throw fail(at, 'A frame starts with its number of atoms', lines[at]!, 'a whole number');
    }
    const comment = lines[at + 1] ?? '';
    const info = commentFields(comment);
    const columns = columnsOf(info.Properties, (got) =>
      fail(at + 1, 'Properties must hold species and pos', got, 'Properties=species:S:1:pos:R:3'),
    );
    const elements: string[] = [];
    const positions: number[][] = [];
    for (let i = 0; i < count; i++) {
      const line = lines[at + 2 + i];
      if (line === undefined || line.trim() === '') {
        throw fail(at + 2 + i, 'The file ends inside a frame', `${i} atoms`, `${count} atoms`);
      }
      const words = line.trim().split(/\s+/);
      const position = [0, 1, 2].map((k) => Number(words[columns.position + k]));
      if (!position.every(Number.isFinite) || words[columns.species] === undefined) {
        throw fail(at + 2 + i, 'This is not an atom', line.trim(), 'element x y z');
      }
      elements.push(words[columns.species]!);
      positions.push(position);
    }
    const lattice = info.Lattice?.trim().split(/\s+/).map(Number);
    if (lattice && (lattice.length !== 9 || !lattice.every(Number.isFinite))) {
      throw fail(
        at + 1,
        'Lattice must be nine numbers',
        info.Lattice!,
        '"ax ay az bx by bz cx cy cz"',
      );
    }
    const charge = info.charge === undefined ? 0 : Number(info.charge);
    try {
      frames.push({
        molecule: makeMolecule(elements, positions, { charge }),
        ...(lattice ? { latticeAngstrom: Float64Array.from(lattice) } : {}),
        info,
        comment: comment.trim(),
      });
    } catch (error) {
      if (error instanceof XrayError) {
        throw fail(
          at,
          `${error.what} (frame ${frames.length})`,
          error.got ?? '',
          error.expected ?? '',
        );
      }
      throw error;
    }
    at += 2 + count;
  }
  if (frames.length === 0) {
    throw fail(0, 'There is no structure in this file', `${text.length} characters`, 'XYZ frames');
  }
  return frames;
}

function commentFields(comment: string): Record<string, string> {
  const info: Record<string, string> = {};
  for (const m of comment.matchAll(/([A-Za-z_][\w.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|(\S+))/g)) {
    info[m[1]!] = m[2] ?? m[3] ?? m[4] ?? '';
  }
  return info;
}

function columnsOf(
  properties: string | undefined,
  fail: (got: string) => XrayError,
): { species: number; position: number } {
  if (properties === undefined) return { species: 0, position: 1 };
  const parts = properties.split(':');
  let species = -1;
  let position = -1;
  let column = 0;
  for (let i = 0; i + 2 < parts.length; i += 3) {
    const width = Number(parts[i + 2]);
    if (parts[i] === 'species') species = column;
    if (parts[i] === 'pos' && width === 3) position = column;
    column += width;
  }
  if (species < 0 || position < 0 || !Number.isFinite(column)) throw fail(properties);
  return { species, position };
}
