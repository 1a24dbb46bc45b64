import { type Matrix, rowOf } from '../data/matrix.js';
import { type Mlp, outputsOf, Workspace } from '../mlp/network.js';

/** rho of a net at projected inputs, and its gradient with respect to the last direction. */
export interface ProjectedVariance {
  /**
   * @param v `[p]`, of length 1, orthogonal to the rows of `before`
   * @returns rho of the net at (before^T before + v v^T) z, and d rho / d v `[p]`
   */
  at(before: Matrix, v: Float64Array): { readonly rho: number; readonly gradient: Float64Array };
  readonly inputs: number;
}

const chunk = 256;

/**
 * @param z `[n, p]` inputs of the net: z-scores, or latent values
 * @param scores `[n, rank]` the known outputs
 * @param total what rho divides by; `outside` what no output of the net can reach: both as sums
 */
export function projectedVariance(
  net: Mlp,
  z: Matrix,
  scores: Matrix,
  { total, outside }: { readonly total: number; readonly outside: number },
): ProjectedVariance {
  const p = z.columns;
  const outputs = outputsOf(net);
  const work = new Workspace(net, Math.min(chunk, z.rows));
  const x = new Float64Array(Math.min(chunk, z.rows) * p);
  const t = new Float64Array(Math.min(chunk, z.rows));
  const g = new Float64Array(Math.min(chunk, z.rows) * outputs);
  return {
    inputs: p,
    at(before, v) {
      const gradient = new Float64Array(p);
      let residual = outside;
      for (let from = 0; from < z.rows; from += chunk) {
        const rows = Math.min(chunk, z.rows - from);
        x.fill(0);
        for (let i = 0; i < rows; i++) {
          const row = rowOf(z, from + i);
          for (let b = 0; b <= before.rows; b++) {
            const along = b < before.rows ? rowOf(before, b) : v;
            let s = 0;
            for (let a = 0; a < p; a++) s += along[a] * row[a];
            for (let a = 0; a < p; a++) x[i * p + a] += s * along[a];
            if (b === before.rows) t[i] = s;
          }
        }
        const out = work.forward(x, rows);
        const known = scores.data.subarray(from * outputs, (from + rows) * outputs);
        for (let o = 0; o < known.length; o++) {
          const e = out[o] - known[o];
          residual += e * e;
          g[o] = 2 * e;
        }
        const dx = work.backward(g, rows);
        for (let i = 0; i < rows; i++) {
          const row = rowOf(z, from + i);
          let s = 0;
          for (let a = 0; a < p; a++) s += dx[i * p + a] * v[a];
          // d residual / d v = (dx . v) z + (z . v) dx
          for (let a = 0; a < p; a++) gradient[a] -= (s * row[a] + t[i] * dx[i * p + a]) / total;
        }
      }
      return { rho: 1 - residual / total, gradient };
    },
  };
}
