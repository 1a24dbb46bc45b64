import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ImportSpec } from '@spectraloom/shards';
import { parseDocument } from 'yaml';
import { UsageError } from '../../console/errors.js';

/** What `dataset import --example` prints: every field, with what it means. */
export const exampleSchema = `# What external data mean. Files are relative to this one.
# A source is an .npy file, or an array of an .npz, or a column of a .csv or .parquet file (with its name).
images:
  file: images.npy            # (rows, ...) numbers; in Parquet a list of numbers or float32 bytes a row
  # name: images              # which array of an .npz, which column of a Parquet file
imageShape: [240, 400]        # optional: the shape of a row's array is taken if this is left out
label:
  file: table.csv
  name: kind
  names: [goodenough, dimer]  # optional: the column holds class numbers 0, 1, ... with these names
# label: { constant: measured }   # one label for all rows
parameters:                   # columns of numbers; an empty value: the row has no such parameter
  - { name: J1, unit: meV, from: { file: table.csv, name: J1 } }
rowsPerShard: 64              # default 64
provenance:                   # texts that go into every shard
  source: where the data come from
  licence: their terms
`;

/** Reads a schema file, YAML or JSON; its files become relative to the present folder. */
export function readSchema(path: string): ImportSpec {
  const document = parseDocument(readFileSync(path, 'utf8'), { prettyErrors: true });
  const [problem] = document.errors;
  const spec: unknown = problem ? undefined : document.toJS({ maxAliasCount: 100 });
  if (problem || typeof spec !== 'object' || spec === null || Array.isArray(spec)) {
    throw new UsageError({
      what: 'the schema is not YAML or JSON with named fields',
      where: path,
      got: problem ? problem.message : typeof spec,
      next: 'spectraloom dataset import --example prints one',
    });
  }
  return withFiles(spec, dirname(path)) as ImportSpec;
}

/** The same data, every member called `file` made a path from the folder. */
function withFiles(value: unknown, folder: string): unknown {
  if (Array.isArray(value)) return value.map((item) => withFiles(item, folder));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === 'file' && typeof member === 'string'
        ? resolve(folder, member)
        : name === 'provenance'
          ? member
          : withFiles(member, folder),
    ]),
  );
}
