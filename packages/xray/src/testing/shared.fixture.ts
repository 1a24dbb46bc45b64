import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** The reference folder, or undefined (said once) where it is not there. */
export function sharedFolder(relative: string): string | undefined {
  const path = join(process.env.SPECTRALOOM_SHARED ?? join(root, '../shared'), relative);
  if (existsSync(path)) return path;
  console.log(`skipped: no ${path} (set SPECTRALOOM_SHARED to the reference folder)`);
  return undefined;
}

export const textOf = (folder: string, file: string) => readFileSync(join(folder, file), 'utf8');
export const filesOf = (folder: string) => readdirSync(folder).sort();
