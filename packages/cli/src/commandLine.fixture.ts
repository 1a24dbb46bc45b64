import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from './main.js';

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

/**
 * The command in this process, in a folder: the same code without the half second that a new
 * process costs, for tables of wrong calls. One at a time.
 */
export async function inProcess(cwd: string, ...args: string[]): Promise<Omit<Ended, 'signal'>> {
  const before = { cwd: process.cwd(), code: process.exitCode };
  const written = { out: '', err: '' };
  const streams = [
    [process.stdout, 'out'],
    [process.stderr, 'err'],
  ] as const;
  const own = streams.map(([stream]) => stream.write.bind(stream));
  for (const [stream, name] of streams) {
    stream.write = ((chunk: string | Uint8Array) => {
      written[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return true;
    }) as typeof stream.write;
  }
  process.exitCode = 0;
  process.chdir(cwd);
  try {
    await main(args);
    return { code: Number(process.exitCode ?? 0), ...written };
  } finally {
    process.chdir(before.cwd);
    process.exitCode = before.code;
    streams.forEach(([stream], i) => (stream.write = own[i]!));
  }
}
