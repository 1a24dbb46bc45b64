import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
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

/** Settles when something has come true; polls, and gives up a minute before the test would end. */
export async function until(what: string, ready: () => boolean, more = () => ''): Promise<void> {
  for (const end = Date.now() + 540_000; Date.now() < end; await sleep(20)) if (ready()) return;
  throw new Error(`${what}: not within nine minutes ${more()}`);
}

/** A run that stands still where it is to be looked at, killed or interrupted. */
export interface Hold {
  /** For `start`: the command waits before it gives a file a name that matches. */
  readonly env: NodeJS.ProcessEnv;
  /** Settles when it waits. */
  reached(): Promise<void>;
  /** Lets it go on. */
  release(): void;
}

/**
 * See fixtures/hold.mjs.
 * @param at regular expression over the paths of new files
 * @param nth which of the files that match
 */
export function hold(root: string, at: string, env = process.env, nth = 1): Hold {
  const go = join(root, 'go');
  const preload = pathToFileURL(join(here, 'fixtures', 'hold.mjs')).href;
  return {
    env: {
      ...env,
      NODE_OPTIONS: `${env.NODE_OPTIONS ?? ''} --import ${preload}`.trim(),
      SPECTRALOOM_HOLD_AT: at,
      SPECTRALOOM_HOLD_NTH: String(nth),
      SPECTRALOOM_HOLD_UNTIL: go,
    },
    reached: () => until(`a file ${at}`, () => existsSync(`${go}.held`)),
    release: () => writeFileSync(go, ''),
  };
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
