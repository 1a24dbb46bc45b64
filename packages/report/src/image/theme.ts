/** Colours and font of a figure. In a page they are CSS variables, so that it follows the theme. */
export interface FigureTheme {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  /** Ground and stroke of the hatching of masked pixels. */
  readonly maskFill: string;
  readonly maskLine: string;
  /** Background of the whole figure; absent: none. */
  readonly background?: string;
  /** Absent: the page's. */
  readonly fontFamily?: string;
}

/** For figures inside the page: every colour is a variable of the page's style sheet. */
export const pageTheme: FigureTheme = {
  text: 'var(--text)',
  muted: 'var(--muted)',
  line: 'var(--line-strong)',
  maskFill: 'var(--mask)',
  maskLine: 'var(--mask-line)',
};

/** For pictures that stand alone: dark on white, with the font that the rasteriser carries. */
export const printTheme: FigureTheme = {
  text: '#1b1f24',
  muted: '#59636e',
  line: '#8c959f',
  maskFill: '#e3e6ea',
  maskLine: '#a3abb5',
  background: '#ffffff',
  fontFamily: "'DejaVu Sans', Verdana, sans-serif",
};
