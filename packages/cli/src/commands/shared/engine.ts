import { readFile } from 'node:fs/promises';
import { parseSlurmProfile, type SlurmChoice } from '@spectraloom/pipeline';
import { UsageError } from '../../console/errors.js';
import type { EngineArgs } from './options.js';

/**
 * What the options say of the cluster; undefined for the local engine.
 * @throws UsageError for an option of the other engine; FarmError SLURM_PROFILE_INVALID
 */
export async function slurmChoice(args: EngineArgs): Promise<SlurmChoice | undefined> {
  const { engine, profile, resume, detach, dryRun, poll } = args;
  if (engine !== 'slurm') {
    const given = Object.entries({ profile, resume, detach, 'dry-run': dryRun, poll });
    const odd = given.find(([, value]) => value !== undefined && value !== false);
    if (!odd) return undefined;
    throw new UsageError({
      what: `--${odd[0]} is for the engine slurm`,
      got: `--engine ${engine ?? 'local'}`,
      next: `add --engine slurm, or leave --${odd[0]} out (a local run goes on where it was by itself)`,
    });
  }
  return {
    profile:
      profile === undefined
        ? {}
        : parseSlurmProfile(await readFile(profile, 'utf8'), { source: profile }),
    resume: resume === true,
    detach: detach === true,
    dryRun: dryRun === true,
    ...(poll === undefined ? {} : { pollMs: poll * 1000 }),
  };
}
