import type { HartreeFockStability } from '@spectraloom/xray';

/** Zero within rounding: states that can be turned for nothing. */
const zeroHa = -1e-5;

/** A warning where the energy of a settled field is no minimum; else nothing. */
export function stabilityWarning(
  { singletHa, tripletHa }: HartreeFockStability,
  what: string,
): string {
  const told = (curvature: number) => `(curvature ${curvature.toFixed(4)} Ha)`;
  if (singletHa < zeroHa) {
    return `warning: ${what}: the field settled on a saddle point ${told(singletHa)}; a closed shell of lower energy has other spectra\n`;
  }
  if (tripletHa < zeroHa) {
    return `warning: ${what}: an open shell lies lower ${told(tripletHa)}, as it does for long or conjugated bonds: trust closed-shell spectra less\n`;
  }
  return '';
}
