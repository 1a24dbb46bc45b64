/**
 * Line shapes of unit area in energy. A kernel knows its full width at half maximum, at every energy
 * transfer; `density` is in 1/meV.
 */
export interface EnergyKernel {
  readonly kind: 'gaussian' | 'lorentzian';
  /** FWHM (meV) of the line of a mode at this energy. */
  fwhmMeV(energyMeV: number): number;
  /** Value at `offsetMeV` from a line at `energyMeV`. */
  density(offsetMeV: number, energyMeV: number): number;
  /**
   * Derivative of density(E - e, e) by the energy e of the line at fixed E, 1/meV^2: the line moves and,
   * where the width depends on the energy, changes its width.
   */
  energySlope(offsetMeV: number, energyMeV: number): number;
  /** Beyond this offset (meV) the kernel is below 1e-16 of its peak (Gaussian) or kept whole. */
  reachMeV(energyMeV: number): number;
}

type Width = number | ((energyMeV: number) => number);

function widthFunction(width: Width): (e: number) => number {
  return typeof width === 'number' ? () => width : width;
}

/** Derivative of the width by a central difference. */
function slopeOf(width: (e: number) => number, e: number): number {
  const h = 1e-4 * Math.max(1, Math.abs(e));
  return (width(e + h) - width(e - h)) / (2 * h);
}

/** Gaussian of a fixed FWHM, or of one that depends on the energy transfer. */
export function gaussianKernel(fwhmMeV: Width): EnergyKernel {
  const width = widthFunction(fwhmMeV);
  const toSigma = 1 / (2 * Math.sqrt(2 * Math.LN2));
  const density = (x: number, e: number): number => {
    const sigma = width(e) * toSigma;
    return Math.exp(-0.5 * (x / sigma) ** 2) / (sigma * Math.sqrt(2 * Math.PI));
  };
  return {
    kind: 'gaussian',
    fwhmMeV: width,
    density,
    energySlope: (x, e) => {
      const sigma = width(e) * toSigma;
      const byWidth = (x * x) / sigma ** 3 - 1 / sigma;
      return density(x, e) * (x / sigma ** 2 + byWidth * toSigma * slopeOf(width, e));
    },
    reachMeV: (e) => 8.6 * width(e) * toSigma,
  };
}

/** Lorentzian of a fixed FWHM, or of one that depends on the energy transfer. */
export function lorentzianKernel(fwhmMeV: Width): EnergyKernel {
  const width = widthFunction(fwhmMeV);
  return {
    kind: 'lorentzian',
    fwhmMeV: width,
    density: (x, e) => {
      const g = width(e) / 2;
      return g / (Math.PI * (x * x + g * g));
    },
    energySlope: (x, e) => {
      const g = width(e) / 2;
      const d = x * x + g * g;
      return (
        (2 * x * g) / (Math.PI * d * d) +
        ((x * x - g * g) / (Math.PI * d * d)) * (slopeOf(width, e) / 2)
      );
    },
    reachMeV: () => Number.POSITIVE_INFINITY,
  };
}
