import { readFile } from 'node:fs/promises';

/** A file's text together with where it lies, for messages. */
export interface NamedText {
  readonly path: string;
  readonly text: string;
}

export async function readNamed(path: string): Promise<NamedText> {
  return { path, text: await readFile(path, 'utf8') };
}
