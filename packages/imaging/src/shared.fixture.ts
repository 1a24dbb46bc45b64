import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Path of a reference file under shared/, or undefined with a printed reason. */
export function sharedFile(relative: string): string | undefined {
  const root =
    process.env.SPECTRALOOM_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
  const path = `${root}/${relative}`;
  if (existsSync(path)) return path;
  console.warn(`skipped: ${path} is not there (set SPECTRALOOM_SHARED)`);
  return undefined;
}
