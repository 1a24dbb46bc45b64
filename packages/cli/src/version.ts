import { createRequire } from 'node:module';

/** Version of this command line, from its package. */
export const version = (
  createRequire(import.meta.url)('@spectraloom/cli/package.json') as { version: string }
).version;
