import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDurably } from './records.js';

const schema = z.object({
  measured: z.object({ path: z.string(), mirrorK: z.boolean() }).optional(),
});

/** What the last run was told that changes a key: `why` asks for the same unless told otherwise. */
export type LastChoice = z.infer<typeof schema>;

const name = 'last-choice.json';

/** Remembers the choice of a run; a folder that cannot be written is told by the stages. */
export async function rememberChoice(runFolder: string, choice: LastChoice): Promise<void> {
  try {
    await mkdir(runFolder, { recursive: true });
    await writeDurably(join(runFolder, name), `${JSON.stringify(choice)}\n`);
  } catch {
    // Only a convenience.
  }
}

/** The choice of the last run; empty where there was none. */
export async function lastChoice(runFolder: string): Promise<LastChoice> {
  try {
    return schema.parse(JSON.parse(await readFile(join(runFolder, name), 'utf8')));
  } catch {
    return {};
  }
}
