/**
 * The order of a plan's rows: the models take turns in proportion to their numbers of rows, so that
 * every stretch of rows, and every shard, holds them in nearly the plan's proportions. Row i of a
 * model with n rows comes at (i + 1/2)/n; the earlier model goes first where two coincide.
 * @param counts rows of each model
 * @returns model and index within the model, by row
 */
export function interleave(counts: readonly number[]): {
  modelOf: Uint16Array;
  indexOf: Uint32Array;
} {
  const total = counts.reduce((sum, n) => sum + n, 0);
  const modelOf = new Uint16Array(total);
  const indexOf = new Uint32Array(total);
  const next = counts.map(() => 0);
  for (let row = 0; row < total; row++) {
    let best = -1;
    for (let m = 0; m < counts.length; m++) {
      if (next[m]! >= counts[m]!) continue;
      // (i + 1/2)/n compared by cross products of whole numbers: exact.
      const earlier =
        best < 0 || (2 * next[m]! + 1) * counts[best]! < (2 * next[best]! + 1) * counts[m]!;
      if (earlier) best = m;
    }
    modelOf[row] = best;
    indexOf[row] = next[best]!++;
  }
  return { modelOf, indexOf };
}
