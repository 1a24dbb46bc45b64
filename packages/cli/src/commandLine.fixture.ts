import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
/** The built command. */
export const binary = join(here, '..', 'bin', 'spectraloom.mjs');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** A new folder with pipelines/tiny and datasets/, for the real command line to run in. */
export async function tinyWorkspace(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'spectraloom-cli-'));
  await mkdir(join(root, 'datasets'));
  await cp(join(here, 'fixtures', 'tiny'), join(root, 'pipelines', 'tiny'), { recursive: true });
  return root;
}

/** Starts the built command line in a folder. */
export function start(
  cwd: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [binary, ...args], { cwd, env });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, out, err }));
  });
  return { child, ended };
}

export function spectraloom(cwd: string, ...args: string[]): Promise<Ended> {
  return start(cwd, args).ended;
}
