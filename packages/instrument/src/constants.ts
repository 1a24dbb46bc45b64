/** E = energyPerWavevectorSquared * k^2, E in meV, k in Å^-1. */
export const energyPerWavevectorSquared = 2.0721247;

/** v = speedPerWavevector * k, v in m/s, k in Å^-1. */
export const speedPerWavevector = 629.6224;

/** FWHM of a Gaussian of unit standard deviation, sqrt(8 ln 2). */
export const fwhmPerSigma = Math.sqrt(8 * Math.LN2);
