import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { PipelineError } from '../errors.js';
import { plainYaml } from '../ins/yaml.js';
import { sha256 } from '../stages/key.js';

const cardSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  title: z.string(),
  file: z.string().regex(/^[\w.-]+$/),
  url: z.url({ protocol: /^https$/ }),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.number().int().positive(),
  licence: z.string(),
  attribution: z.string(),
  mirrorK: z.boolean().default(false),
});

/** What a data set is, where it comes from and how it is checked: `datasets/<name>/card.yaml`. */
export type DatasetCard = z.infer<typeof cardSchema> & { readonly folder: string };

export async function readCard(datasetsFolder: string, name: string): Promise<DatasetCard> {
  const folder = join(datasetsFolder, name);
  let text: string;
  try {
    text = await readFile(join(folder, 'card.yaml'), 'utf8');
  } catch (error) {
    throw new PipelineError(
      'CARD_NOT_FOUND',
      {
        what: 'there is no card for this data set',
        where: join(folder, 'card.yaml'),
        got: `name '${name}'`,
        next: `look which folders of ${datasetsFolder} hold a card.yaml`,
      },
      { cause: error },
    );
  }
  const parsed = cardSchema.safeParse(plainYaml({ path: join(folder, 'card.yaml'), text }));
  if (!parsed.success) {
    throw new PipelineError('CARD_NOT_FOUND', {
      what: 'a data set card is not valid',
      where: join(folder, 'card.yaml'),
      got: z.prettifyError(parsed.error),
      next: 'mend the card',
    });
  }
  return { ...parsed.data, folder };
}

/** The path of a card's file when it is there with the right content; undefined when absent. */
export async function localFile(card: DatasetCard): Promise<string | undefined> {
  const path = join(card.folder, card.file);
  const found = await stat(path).catch(() => undefined);
  if (!found) return undefined;
  const digest = sha256(await readFile(path));
  if (digest === card.sha256) return path;
  throw new PipelineError('FETCH_MISMATCH', {
    what: `the local file of data set '${card.name}' is not the one its card describes`,
    where: path,
    got: `${found.size} bytes, sha256 ${digest}`,
    expected: `${card.bytes} bytes, sha256 ${card.sha256}`,
    next: `delete it and run: spectraloom dataset fetch ${card.name}; to use another measurement, give it with --measured FILE`,
  });
}

export interface FetchResult {
  readonly path: string;
  readonly fetched: boolean;
}

/**
 * Brings a card's file from its public address, checks size and sha256, and puts it in place in one
 * step; a file that is already there and right is left alone.
 */
export async function fetchDataset(
  card: DatasetCard,
  options: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
): Promise<FetchResult> {
  const there = await localFile(card);
  if (there) return { path: there, fetched: false };
  const path = join(card.folder, card.file);
  const byHand = `download it by hand and save it as ${path} (its sha256 is checked), or pass your own file with --measured FILE`;
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 60_000);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  let body: Uint8Array;
  try {
    const response = await fetch(card.url, { signal });
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    body = await readAtMost(response, card.bytes);
  } catch (error) {
    throw new PipelineError(
      'FETCH_FAILED',
      {
        what: `the data set '${card.name}' could not be downloaded`,
        where: card.url,
        got: reason(error),
        next: `if this machine has no way to that host, ${byHand}`,
      },
      { cause: error },
    );
  }
  const digest = createHash('sha256').update(body).digest('hex');
  if (digest !== card.sha256) {
    throw new PipelineError('FETCH_MISMATCH', {
      what: `what came for the data set '${card.name}' is not the file its card describes; it was thrown away`,
      where: card.url,
      got: `${body.length} bytes, sha256 ${digest}`,
      expected: `${card.bytes} bytes, sha256 ${card.sha256}`,
      next: byHand,
    });
  }
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.tmp-${process.pid}`;
  try {
    await writeFile(temporary, body, { flush: true });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  return { path, fetched: true };
}

/** Reads a body, giving up as soon as it is longer than it may be. */
async function readAtMost(response: Response, bytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    const part = chunk as Uint8Array;
    length += part.length;
    if (length > bytes) throw new Error(`more than the ${bytes} bytes its card states`);
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}

function reason(error: unknown): string {
  const parts: string[] = [];
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    const code = (e as NodeJS.ErrnoException).code;
    parts.push(code && !e.message.includes(code) ? `${e.message} (${code})` : e.message);
  }
  return parts.join(': ') || String(error);
}
