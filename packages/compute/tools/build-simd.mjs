#!/usr/bin/env node
// Compiles assembly/ to src/wasm/simd-binary.ts. With --check: says whether that file is current.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = fileURLToPath(new URL('../src/wasm/simd-binary.ts', import.meta.url));

/** The generated module's text: the compiled kernels in base64. */
export async function generate() {
  let binary;
  const { error, stderr } = await asc.main(
    [
      'assembly/index.ts',
      '--outFile=kernels.wasm',
      '-O3',
      '--noAssert',
      '--importMemory',
      '--noExportMemory',
      '--initialMemory=1',
      '--runtime=stub',
      '--enable=simd',
      '--enable=bulk-memory',
      '--use=abort=',
      `--baseDir=${root}`,
    ],
    {
      writeFile: (name, contents) => {
        if (name.endsWith('.wasm')) binary = contents;
      },
    },
  );
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  const text = Buffer.from(binary).toString('base64');
  const lines = text.match(/.{1,88}/g).map((line) => `  '${line}'`);
  return [
    '// Made by `node packages/compute/tools/build-simd.mjs` from packages/compute/assembly.',
    '// biome-ignore format: generated',
    `export const simdBinaryBase64 =\n${lines.join(' +\n')};`,
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = await generate();
  if (process.argv.includes('--check')) {
    const current = await readFile(target, 'utf8').catch(() => '');
    console.log(current === text ? 'simd-binary.ts is current' : 'simd-binary.ts is stale');
    process.exitCode = current === text ? 0 : 1;
  } else {
    await writeFile(target, text);
  }
}
