import { keyOf } from '../hash/canonical.js';
import { permutation } from '../random/permutation.js';

/**
 * The order in which an epoch visits `count` rows: a permutation computed from the data set's hash,
 * the seed and the epoch, position by position, never stored.
 * @param datasetId manifest hash, or any text that names the rows
 * @returns position in the epoch -> index of a row
 */
export function epochOrder(
  datasetId: string,
  seed: number | bigint,
  epoch: number,
  count: number,
): (position: number) => number {
  return permutation(keyOf(`${datasetId}/order/${seed}/${epoch}`), count);
}
