import { readFileSync } from 'node:fs';
import { parseSpinModel, prepare, type PreparedModel } from '@spectraloom/spinwave';
import { parse } from 'yaml';
import { parseImageSpec } from './spec/parse.js';
import type { ImageSpec } from './spec/schema.js';

const folder = new URL('../../../pipelines/pcsmo/', import.meta.url);

/** Text of a file of the PCSMO pipeline. */
export function pcsmoFile(name: string): string {
  return readFileSync(new URL(name, folder), 'utf8');
}

export function pcsmoModel(name: 'goodenough' | 'dimer'): PreparedModel {
  return prepare(parseSpinModel(pcsmoFile(`models/${name}.yaml`), { source: name }));
}

/** The image of the pipeline file, in 1/meV per magnetic cell. */
export function pcsmoImage(): ImageSpec {
  const { image } = parse(pcsmoFile('pipeline.yaml')) as { image: object };
  return parseImageSpec({ ...image, scale: 1 }, { source: 'pipeline.yaml' });
}

/** Text of a square-lattice ferromagnet in layers without coupling: E = 4 J S (2 - cos x - cos y). */
export const squareFerromagnet = `
format: spectraloom-spin-model/1
name: square ferromagnet
label: square
lattice: { a: 4, b: 4, c: 6 }
parameters:
  J: { value: -2, unit: meV }
  K: { value: -0.5, unit: meV }
sites:
  - { label: A, position: [0, 0, 0], spin: 1, direction: [0, 0, 1] }
interactions:
  - { name: J, exchange: J, vector: [1, 0, 0] }
  - { name: J2, exchange: J, vector: [0, 1, 0] }
anisotropy:
  - { axis: [0, 0, 1], strength: K }
`;
