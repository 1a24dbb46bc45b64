import { readFile } from 'node:fs/promises';

/** `readFile` whose errors name the path always: that of a folder (EISDIR) does not by itself. */
export async function readNamed(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw Object.assign(error as NodeJS.ErrnoException, { path });
  }
}
