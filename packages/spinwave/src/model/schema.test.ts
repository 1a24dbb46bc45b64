import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseSpinModel } from './parse.js';
import { modelFileJsonSchema } from './schema.js';

it('the published JSON Schema is current (tools/write-schema.mjs writes it)', () => {
  const file = new URL('../../schema/spin-model.schema.json', import.meta.url);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(modelFileJsonSchema())),
  );
});

it('JSON says the same as YAML', () => {
  const file = new URL('../../../../pipelines/pcsmo/models/dimer.yaml', import.meta.url);
  const text = readFileSync(file, 'utf8');
  expect(parseSpinModel(JSON.stringify(parse(text)))).toEqual(parseSpinModel(text));
  expect(parseSpinModel(JSON.stringify(parse(text), null, '\t'))).toEqual(parseSpinModel(text));
});
