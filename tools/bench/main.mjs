/**
 * `npm run bench [-- NAME ...]`: builds, then runs every benchmark (packages/<package>/bench/*.bench.mjs)
 * one after the other; names choose those whose path contains one of them. Numbers go to standard output.
 */
import { existsSync, readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { build, root, sh } from '../setup/workspace.mjs';

const wanted = process.argv.slice(2);
const files = [];
for (const name of readdirSync(join(root, 'packages')).sort()) {
  const folder = join(root, 'packages', name, 'bench');
  if (!existsSync(folder)) continue;
  for (const file of readdirSync(folder).sort()) {
    const path = join('packages', name, 'bench', file);
    if (
      file.endsWith('.bench.mjs') &&
      (wanted.length === 0 || wanted.some((w) => path.includes(w)))
    ) {
      files.push(path);
    }
  }
}
if (files.length === 0) {
  console.error(
    `error: no benchmark matches ${wanted.join(', ')}\n  next      npm run bench without a name runs all`,
  );
  process.exit(2);
}
try {
  await build();
  console.log(`Node ${process.versions.node}, ${cpus().length} cores: ${cpus()[0]?.model.trim()}`);
  for (const file of files) {
    console.log(`\n== ${file}`);
    await sh(process.execPath, ['--expose-gc', file]);
  }
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
