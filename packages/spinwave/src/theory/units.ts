/** Bohr magneton, meV/T (CODATA 2018). */
export const BOHR_MAGNETON_MEV_PER_T = 5.788381806e-2;

/** Boltzmann constant, meV/K (CODATA 2018). */
export const BOLTZMANN_MEV_PER_K = 8.617333262e-2;

/** mu_0 mu_B^2 / (4 pi), meV Å^3: the scale of the dipole-dipole interaction. */
export const DIPOLE_SCALE_MEV_A3 = 5.368151120621696e-2;
