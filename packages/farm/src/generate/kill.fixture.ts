import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { planToText } from '@spectraloom/sampling';
import type { GenerateOptions } from './generate.js';

const script = fileURLToPath(new URL('../../fixtures/run.mjs', import.meta.url));

/** A run in a process of its own. */
export interface ChildRun {
  readonly pid: number;
  /** Settles when the process has ended: its signal or code, and the hash it printed. */
  readonly ended: Promise<{
    signal: string | null;
    code: number | null;
    hash?: string;
    errors: string;
  }>;
  /** Settles at the first report of at least this many rows. */
  rows(atLeast: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

export function runInChild({ plan, ...options }: GenerateOptions): ChildRun {
  mkdirSync(options.outDir, { recursive: true });
  const child = spawn(
    process.execPath,
    [script, JSON.stringify({ ...options, plan: planToText(plan) })],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let hash: string | undefined;
  let errors = '';
  let rowsDone = 0;
  let waiting: { atLeast: number; go: () => void }[] = [];
  let text = '';
  child.stdout.on('data', (data: Buffer) => {
    text += data.toString();
    const lines = text.split('\n');
    text = lines.pop()!;
    for (const line of lines) {
      const said = JSON.parse(line) as { rowsDone?: number; manifestHash?: string };
      rowsDone = said.rowsDone ?? rowsDone;
      hash = said.manifestHash ?? hash;
    }
    waiting = waiting.filter(({ atLeast, go }) => (rowsDone >= atLeast ? (go(), false) : true));
  });
  child.stderr.on('data', (data: Buffer) => {
    errors += data.toString();
  });
  const ended = new Promise<Awaited<ChildRun['ended']>>((resolve) => {
    child.on('close', (code, signal) => {
      waiting.forEach(({ go }) => go());
      resolve({ signal, code, ...(hash !== undefined && { hash }), errors });
    });
  });
  return {
    pid: child.pid!,
    ended,
    rows: (atLeast) =>
      new Promise((go) => {
        if (rowsDone >= atLeast || child.exitCode !== null) go();
        else waiting.push({ atLeast, go });
      }),
    kill: (signal) => void child.kill(signal),
  };
}

/** Whether any process or thread of this number is left. */
export function isRunning(pid: number): boolean {
  return spawnSync('kill', ['-0', String(pid)]).status === 0;
}
