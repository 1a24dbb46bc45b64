import { covarianceTable } from '../covarianceTable.js';
import type { ResolutionModel } from '../model.js';

export const covariance: ResolutionModel = {
  name: 'covariance',
  description: 'normal distribution of the analytic covariance at every (h, k, E)',
  prepare: ({ machine, frame, ranges }) => ({ table: covarianceTable(machine, frame, ranges) }),
};
