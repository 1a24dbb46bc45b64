import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { modelFileJsonSchema } from './schema.js';

it('the published JSON Schema is current (tools/write-schema.mjs writes it)', () => {
  const file = new URL('../../schema/spin-model.schema.json', import.meta.url);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(modelFileJsonSchema())),
  );
});
