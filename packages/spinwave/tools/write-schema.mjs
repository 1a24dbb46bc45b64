// Writes schema/spin-model.schema.json from the zod schema (build first):
//   npx tsc -b packages/spinwave/tsconfig.lib.json && node packages/spinwave/tools/write-schema.mjs
import { writeFileSync } from 'node:fs';
import { modelFileJsonSchema } from '../dist/index.js';

const file = new URL('../schema/spin-model.schema.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(modelFileJsonSchema(), null, 2)}\n`);
