/**
 * The standard normal distribution: P(x) = integral of exp(-t^2/2)/sqrt(2 pi) up to x, and its
 * inverse. Both keep relative precision in the lower tail.
 */

/** P(x), relative error a few 1e-15: a series near 0, a continued fraction in the tails. */
export function normalCdf(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x > 0) return 1 - normalCdf(-x);
  const z = -x;
  const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
  if (z < 3) {
    // P(-z) = 1/2 - phi(z) (z + z^3/3 + z^5/(3 5) + ...)
    let term = z;
    let sum = z;
    for (let k = 3; Math.abs(term) > 1e-18 * Math.abs(sum); k += 2) {
      term *= (z * z) / k;
      sum += term;
    }
    return 0.5 - density * sum;
  }
  if (density === 0) return 0;
  // P(-z) = phi(z) / (z + 1/(z + 2/(z + 3/(z + ...))))
  let fraction = z;
  for (let k = 120; k >= 1; k--) fraction = z + k / fraction;
  return density / fraction;
}

const central = {
  top: [
    2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4,
    4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3,
    1.3314166789178437745e2, 3.387132872796366608,
  ],
  bottom: [
    5.226495278852854561e3, 2.8729085735721942674e4, 3.930789580009271061e4,
    2.1213794301586595867e4, 5.3941960214247511077e3, 6.871870074920579083e2,
    4.2313330701600911252e1, 1,
  ],
};
const near = {
  top: [
    7.7454501427834140764e-4, 2.27238449892691845833e-2, 2.4178072517745061177e-1,
    1.27045825245236838258, 3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959,
    1.42343711074968357734,
  ],
  bottom: [
    1.05075007164441684324e-9, 5.475938084995344946e-4, 1.51986665636164571966e-2,
    1.4810397642748007459e-1, 6.8976733498510000455e-1, 1.6763848301838038494,
    2.05319162663775882187, 1,
  ],
};
const far = {
  top: [
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.2426609473880784386e-3,
    2.6532189526576123093e-2, 2.9656057182850489123e-1, 1.7848265399172913358,
    5.4637849111641143699, 6.6579046435011037772,
  ],
  bottom: [
    2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5,
    7.868691311456132591e-4, 1.48753612908506148525e-2, 1.3692988092273580531e-1,
    5.9983220655588793769e-1, 1,
  ],
};

function ratio(table: { top: number[]; bottom: number[] }, r: number): number {
  let top = 0;
  let bottom = 0;
  for (let i = 0; i < 8; i++) {
    top = top * r + table.top[i]!;
    bottom = bottom * r + table.bottom[i]!;
  }
  return top / bottom;
}

/**
 * x with P(x) = p, 0 < p < 1: rational approximations of algorithm AS 241, PPND16 (Wichura,
 * Applied Statistics 37, 477 (1988)), relative error about 1e-16.
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(central, 0.180625 - q * q);
  const tail = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  const x = tail <= 5 ? ratio(near, tail - 1.6) : ratio(far, tail - 5);
  return q < 0 ? -x : x;
}
