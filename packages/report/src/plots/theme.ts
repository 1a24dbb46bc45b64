/** Colours and font of a plot; strings that SVG takes, CSS variables among them. */
export interface PlotTheme {
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  readonly axis: string;
  /** Up to two series that are compared: training and validation. */
  readonly series: readonly [string, string];
  readonly accent: string;
  readonly background: string | null;
  readonly font: string;
  /** Space around the plot, pixels. */
  readonly padding: number;
}

/** For plots inside the page: they follow its light and dark theme. */
export const pagePlotTheme: PlotTheme = {
  text: 'var(--text)',
  muted: 'var(--muted)',
  grid: 'var(--line)',
  axis: 'var(--line-strong)',
  series: ['var(--muted)', 'var(--series)'],
  accent: 'var(--accent)',
  background: null,
  font: 'inherit',
  padding: 4,
};

/** For plots that stand alone. */
export const printPlotTheme: PlotTheme = {
  text: '#1b1f24',
  muted: '#59636e',
  grid: '#e3e6ea',
  axis: '#8c959f',
  series: ['#59636e', '#00785a'],
  accent: '#0b5cad',
  background: '#ffffff',
  font: "'DejaVu Sans', Verdana, sans-serif",
  padding: 14,
};
