/**
 * A seed for each use from one seed: the 32-bit FNV-1a hash of `${seed}/${use}`. Weights of two
 * layers then differ, and adding a layer leaves the others' weights as they were.
 */
export function seedFor(seed: number, use: string): number {
  let hash = 0x811c9dc5;
  for (const char of `${seed}/${use}`) {
    hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  }
  return hash;
}
