import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { PipelineError } from '../errors.js';
import { type NamedText, readNamed } from './named.js';

/** What a preset is called that was given by name or by the path of its file. */
export function presetNameOf(nameOrPath: string): string {
  return nameOrPath.replace(/^.*[\\/]|\.ya?ml$/g, '');
}

/**
 * Text of a preset: a name is a file of the pipeline's folder `presets`, anything else a path.
 * @throws PipelineError PRESET_NOT_FOUND, with the names there are
 */
export async function readPreset(
  pipeline: { readonly folder: string; readonly name: string },
  nameOrPath: string,
): Promise<NamedText> {
  const presets = join(pipeline.folder, 'presets');
  const path = /[\\/]|\.ya?ml$/.test(nameOrPath)
    ? resolve(nameOrPath)
    : join(presets, `${nameOrPath}.yaml`);
  return readNamed(path).catch(async (error: unknown) => {
    const files = await readdir(presets).catch(() => [] as string[]);
    const names = files.filter((n) => n.endsWith('.yaml')).map((n) => basename(n, '.yaml'));
    throw new PipelineError(
      'PRESET_NOT_FOUND',
      {
        what: `the pipeline '${pipeline.name}' has no preset '${nameOrPath}'`,
        where: path,
        got: nameOrPath,
        expected: names.length > 0 ? `one of ${names.sort().join(', ')}` : `a file in ${presets}`,
        next: "name one of these, or give a file's path",
      },
      { cause: error },
    );
  });
}
