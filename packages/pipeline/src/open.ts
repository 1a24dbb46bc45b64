import { join, resolve } from 'node:path';
import { type OpenIns, openIns, type OpenOptions } from './ins/open.js';
import { plainYaml } from './ins/yaml.js';
import { pipelineFolder } from './ins/files.js';
import { readNamed } from './opening/named.js';
import { type OpenExafs, openExafs } from './exafs/open.js';
import { type OpenXray, openXray } from './xray/open.js';

/** A pipeline of any kind whose files have been read and checked, ready to run. */
export type OpenPipeline = OpenIns | OpenXray | OpenExafs;

/**
 * Opens a pipeline of any kind: `kind: xray` in its file makes it one from structures to spectra,
 * `kind: exafs` one that reads a shell off EXAFS; without a kind it is one of inelastic neutron images.
 * @throws PipelineError, and the errors of the packages whose files these are
 */
export async function openPipeline(options: OpenOptions): Promise<OpenPipeline> {
  const folder = pipelineFolder(resolve(options.root), options.pipeline);
  const text = await readNamed(join(folder, 'pipeline.yaml')).catch(() => undefined);
  const plain = text && plainYaml(text);
  const kind = (plain as { kind?: unknown } | null | undefined)?.kind;
  if (text && kind === 'xray') return openXray(options, folder, text);
  if (text && kind === 'exafs') return openExafs(options, folder, text);
  return openIns(options);
}
