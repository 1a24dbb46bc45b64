import type { SpinWaveModes } from '@spectraloom/spinwave';

/** What decides the length of a stored spectrum. */
export type SpectrumSize = Pick<SpinWaveModes, 'nQ' | 'nModes' | 'nSites'>;

/**
 * Numbers of a stored spectrum: energies [nQ, nModes] in meV, then amplitudes
 * [nQ, nModes, nSites, 3, 2]; rows of a data set with several models are padded with zeros.
 */
export function spectrumLength({ nQ, nModes, nSites }: SpectrumSize): number {
  return nQ * nModes * (1 + 6 * nSites);
}

/** Writes modes into a row, in single precision (relative error 6e-8). */
export function packSpectrum(modes: SpinWaveModes, row: Float32Array): void {
  const end = spectrumLength(modes);
  row.set(modes.energiesMeV);
  row.set(modes.amplitudes, modes.energiesMeV.length);
  row.fill(0, end);
}

/** The modes of a row. */
export function unpackSpectrum(row: Float32Array, size: SpectrumSize): SpinWaveModes {
  const energies = size.nQ * size.nModes;
  return {
    ...size,
    energiesMeV: Float64Array.from(row.subarray(0, energies)),
    amplitudes: Float64Array.from(row.subarray(energies, spectrumLength(size))),
  };
}
