import { NetworkError } from '../../errors.js';
import { type Matrix } from './matrix.js';
import { columnMeans } from './scaling.js';

/**
 * Generalised covered variance (Niskanen et al., R. Soc. Open Sci. 9, 220093):
 * rho = 1 - tr[(Y - Yhat)^T (Y - Yhat)] / tr[(Y - Ybar)^T (Y - Ybar)], with the column means of Y
 * in Ybar. 1 for a perfect prediction, 0 for the mean, below 0 for worse.
 * @param known, predicted `[n, points]`, scaled alike
 * @param weight `[points]`: what each column is multiplied with first
 * @throws NetworkError NO_VARIANCE when the spectra are all the same
 */
export function coveredVariance(known: Matrix, predicted: Matrix, weight?: Float64Array): number {
  const { columns: m } = known;
  const mean = columnMeans(known);
  let residual = 0;
  let total = 0;
  for (let i = 0; i < known.data.length; i++) {
    const j = i % m;
    const w = weight ? weight[j] : 1;
    residual += (w * (known.data[i] - predicted.data[i])) ** 2;
    total += (w * (known.data[i] - mean[j])) ** 2;
  }
  if (total > 0) return 1 - residual / total;
  throw new NetworkError({
    code: 'NO_VARIANCE',
    what: 'the spectra do not vary, so there is no variance to cover',
    where: 'spectra',
    got: `${known.rows} spectra, all the same`,
    expected: 'at least two different spectra',
  });
}
