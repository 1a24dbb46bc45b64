import { BOLTZMANN_MEV_PER_K } from '../units.js';

/** n + 1 = 1 / (1 - exp(-E / kT)) for energy loss E > 0; 1 at 0 K. */
export function boseLoss(energyMeV: number, temperatureKelvin: number): number {
  if (temperatureKelvin <= 0) return 1;
  return -1 / Math.expm1(-energyMeV / (BOLTZMANN_MEV_PER_K * temperatureKelvin));
}

/** n = 1 / (exp(E / kT) - 1); 0 at 0 K. */
export function boseOccupation(energyMeV: number, temperatureKelvin: number): number {
  if (temperatureKelvin <= 0) return 0;
  return 1 / Math.expm1(energyMeV / (BOLTZMANN_MEV_PER_K * temperatureKelvin));
}
