import type { ResolutionModel } from '../model.js';

export const none: ResolutionModel = {
  name: 'none',
  description: 'no resolution: the intrinsic width alone',
  prepare: () => ({ table: undefined }),
};
