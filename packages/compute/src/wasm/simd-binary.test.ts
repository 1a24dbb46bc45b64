import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('the compiled kernels are those of assembly/', async () => {
  const builder = new URL('../../tools/build-simd.mjs', import.meta.url).href;
  const { generate } = (await import(/* @vite-ignore */ builder)) as {
    generate(): Promise<string>;
  };
  const current = await readFile(
    fileURLToPath(new URL('./simd-binary.ts', import.meta.url)),
    'utf8',
  );
  expect(current).toBe(await generate());
});
