import { z } from 'zod';

const extent = z.int().min(1).max(4096);

/** What every network needs to know; each network adds its own options. */
export const commonOptions = {
  /** [rows, cols, channels] of a preprocessed image. */
  inputShape: z.tuple([extent, extent, z.int().min(1).max(16)]),
  /** Names of the classes, in the order of their labels. */
  classes: z.array(z.string().min(1)).min(2).max(1024),
  /** Seed of the initial weights. */
  seed: z.int().min(0).max(0xffffffff).default(0),
};

export interface CommonOptions {
  inputShape: [number, number, number];
  classes: string[];
  seed: number;
}
