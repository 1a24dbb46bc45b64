/**
 * Quantile of Student's t distribution: half-widths of intervals from few refits. The distribution
 * function by its finite series for whole degrees of freedom (Abramowitz and Stegun 26.7.3-4),
 * inverted by bisection.
 * @param probability above 0.5 and below 1 @param degrees whole, at least 1
 */
export function studentQuantile(probability: number, degrees: number): number {
  let low = 0;
  let high = 1;
  while (cumulative(high, degrees) < probability) high *= 2;
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (cumulative(middle, degrees) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Probability of a value up to t >= 0. */
function cumulative(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const cos2 = Math.cos(angle) ** 2;
  let sum = 0;
  if (degrees % 2 === 1) {
    let term = Math.cos(angle);
    for (let i = 1; i <= degrees - 2; i += 2) {
      sum += term;
      term *= (cos2 * (i + 1)) / (i + 2);
    }
    return 0.5 + (angle + Math.sin(angle) * sum) / Math.PI;
  }
  let term = 1;
  for (let i = 0; i <= degrees - 2; i += 2) {
    sum += term;
    term *= (cos2 * (i + 1)) / (i + 2);
  }
  return 0.5 + (Math.sin(angle) * sum) / 2;
}
