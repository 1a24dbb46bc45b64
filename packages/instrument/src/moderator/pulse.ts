/**
 * Emission-time pulse f(t) = (t/tau)^2 exp(-t/tau) / (2 tau): the sum of three exponential delays
 * of mean tau. Mean 3 tau, variance 3 tau^2, FWHM 3.39468 tau. Times in s.
 */
export function pulseDensity(timeS: number, tauS: number): number {
  if (timeS <= 0) return 0;
  const u = timeS / tauS;
  return (u * u * Math.exp(-u)) / (2 * tauS);
}

/** Cumulative distribution of `pulseDensity`: 1 - exp(-u)(1 + u + u^2/2), u = t/tau. */
export function pulseCumulative(timeS: number, tauS: number): number {
  if (timeS <= 0) return 0;
  const u = timeS / tauS;
  return 1 - Math.exp(-u) * (1 + u + (u * u) / 2);
}

/** FWHM of the pulse over tau. */
export const pulseFwhmPerTau = 3.394680670846503;
