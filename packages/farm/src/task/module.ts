/** What the task modules of this package have in common. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { z } from 'zod';
import { FarmError } from '../errors.js';

/**
 * URL of a task module for `GenerateOptions.taskModule`: the module itself, or, where it is TypeScript
 * (in tests), the compiled file if there is one, for workers load JavaScript.
 * @param module its `import.meta.url`, a file of this folder
 */
export function taskUrl(module: string): string {
  const built = new URL(module.replace(/^.*\/(.*)\.[jt]s$/, '../../dist/task/$1.js'), module);
  return module.endsWith('.ts') && existsSync(built) ? built.href : module;
}

/**
 * A job as its schema has it.
 * @param expected its fields, for the message
 * @throws FarmError TASK_INVALID
 */
export function checkJob<T>(schema: z.ZodType<T>, job: unknown, expected: string): T {
  const parsed = schema.safeParse(job);
  if (parsed.success) return parsed.data;
  throw new FarmError({
    code: 'TASK_INVALID',
    what: 'The job is not one of this task',
    got: z.prettifyError(parsed.error),
    expected,
  });
}

/** Versions of workspace packages, from their package.json. */
export function versions(...names: string[]): Record<string, string> {
  const require = createRequire(import.meta.url);
  const versionOf = (name: string) =>
    (require(`@spectraloom/${name}/package.json`) as { version: string }).version;
  return Object.fromEntries(names.map((name) => [name, versionOf(name)]));
}
