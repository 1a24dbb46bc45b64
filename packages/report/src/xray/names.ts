/** How methods are called in figures and tables, in the order they are shown in. */
export const methodTitles: Readonly<Record<string, string>> = {
  emulator: 'full emulator',
  ednn: 'EDNN',
  nnca: 'NNCA',
  eca: 'ECA',
  linear: 'reduced-rank linear',
  pls: 'PLS',
  pca: 'PCA of the spectra (bound)',
};

export const methodOrder = Object.keys(methodTitles);

/** Colour class of a method: the page's class colours. */
export const methodColour = (method: string): string =>
  method === 'emulator'
    ? 'var(--text)'
    : `var(--class-${Math.max(0, methodOrder.indexOf(method) - 1)})`;

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, v) => sum + v, 0) / values.length;

/** Sample standard deviation; 0 for one value. */
export const spreadOf = (values: readonly number[]): number => {
  if (values.length < 2) return 0;
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1));
};
