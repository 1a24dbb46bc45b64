import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folder that holds pipelines/ and datasets/: the nearest one above the present folder, else
 * the workspace this command was built in.
 */
export function workspaceRoot(start = process.cwd()): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'pipelines')) && existsSync(join(folder, 'datasets')))
      return folder;
    if (dirname(folder) === folder) break;
  }
  return join(dirname(fileURLToPath(import.meta.url)), ...Array<string>(5).fill('..'));
}
