/** CODATA 2018. */
export const HARTREE_EV = 27.211386245988;
/** One bohr in Å (CODATA 2018). */
export const BOHR_ANGSTROM = 0.529177210903;
/** One atomic unit of dipole moment, e a0, in debye. */
export const DIPOLE_AU_DEBYE = 2.541746473;
/** Boltzmann's constant, hartree per kelvin. */
export const BOLTZMANN_HARTREE_PER_K = 3.1668115634556e-6;
/** One atomic mass unit in electron masses. */
export const AMU_ELECTRON_MASSES = 1822.888486209;
/** One kcal/mol (thermochemical) in hartree. */
export const KCAL_MOL_HARTREE = 1 / 627.509474063;
/** hbar^2 / 2 m_e, eV Å^2: the energy of an electron of wave number 1 Å^-1. */
export const K_SQUARED_EV = 3.80998212;
