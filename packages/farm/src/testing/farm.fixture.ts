import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawPlan, type Plan } from '@spectraloom/sampling';
import { afterEach, beforeEach } from 'vitest';
import type { GenerateOptions } from '../generate/generate.js';

/** URL of the task of `fixtures/`. */
export const syntheticTask = new URL('../../fixtures/synthetic-task.mjs', import.meta.url).href;

/** A plan of two models, without rejection. */
export function syntheticPlan(rowsPerModel = 50, seed = 1): Plan {
  const uniform = { kind: 'uniform' as const, min: -2, max: 2 };
  return drawPlan({
    models: [
      { label: 'a', parameters: [{ name: 'J', unit: 'meV', prior: uniform }] },
      {
        label: 'b',
        parameters: [
          { name: 'J', unit: 'meV', prior: uniform },
          { name: 'D', unit: 'meV', prior: uniform },
        ],
      },
    ],
    rowsPerModel,
    seed,
  });
}

export type SyntheticJob = Record<string, unknown>;

/** Options for a small run in `outDir`. */
export function options(
  outDir: string,
  overrides: Partial<GenerateOptions> & { job?: SyntheticJob } = {},
): GenerateOptions {
  return {
    plan: syntheticPlan(),
    outDir,
    workers: 1,
    rowsPerShard: 8,
    taskModule: syntheticTask,
    ...overrides,
    job: { shape: [6, 10], ...overrides.job },
  };
}

/** Content of every file of a data set that must be the same each time. */
export function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder).filter((name) => name !== 'journal.jsonl');
  return Object.fromEntries(
    names.sort().map((name) => [name, readFileSync(join(folder, name)).toString('base64')]),
  );
}

/** A folder for one test; remove it with `remove`, tried again where a dying task still writes. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'spectraloom-farm-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 10 }) };
}

/** A new folder before each test of the file, told to `set`; removed behind it. */
export function folderPerTest(set: (path: string) => void): void {
  let remove: () => void;
  beforeEach(() => {
    const folder = temporaryFolder();
    remove = folder.remove;
    set(folder.path);
  });
  afterEach(() => remove());
}
