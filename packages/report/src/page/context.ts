import { type ColourScale, intensityScale } from '../colour/scale.js';
import type { Quantity, ReportClass, ReportData } from '../data/types.js';
import { formatNumber } from '../markup/numbers.js';

/** What the sections of a page share. */
export interface PageContext {
  readonly data: ReportData;
  /** Name of a class as it is read. */
  label(className: string): string;
  /** CSS class that carries the colour of a class: `class-0`. */
  colourClass(className: string): string;
  /** A new id, unique in the page. */
  id(prefix: string): string;
  /** Scale that all simulated images share, so that their colours can be compared. */
  readonly simulatedScale: ColourScale;
  readonly simulatedQuantity: Quantity;
}

/** Number of class colours in the style sheet; further classes start again. */
const CLASS_COLOURS = 6;

export const squareRoot = (quantity: Quantity): Quantity => ({
  label: quantity.label,
  unit: quantity.unit ? `${quantity.unit}, √ scale` : '√ scale',
});

export function pageContext(data: ReportData): PageContext {
  const byName = new Map<string, ReportClass>(data.classes.map((c) => [c.name, c]));
  const order = new Map(data.classes.map((c, i) => [c.name, i]));
  let ids = 0;
  return {
    data,
    label: (name) => byName.get(name)?.label ?? name,
    colourClass: (name) => `class-${(order.get(name) ?? 0) % CLASS_COLOURS}`,
    id: (prefix) => `${prefix}-${++ids}`,
    simulatedScale: intensityScale(
      data.examples.map((e) => e.image),
      'viridis',
      'square-root',
    ),
    simulatedQuantity: squareRoot(data.intensity),
  };
}

/** Parameters of a class in words: `J_F1 = −11.4 meV, D = 0.074 meV`. */
export function parameterWords(
  context: PageContext,
  className: string,
  parameters: Readonly<Record<string, number>>,
): string {
  const known = context.data.classes.find((c) => c.name === className)?.parameters ?? [];
  const units = new Map(known.map((p) => [p.name, p.unit]));
  return Object.entries(parameters)
    .map(([name, value]) => {
      const unit = units.get(name);
      return `${name}\u00a0=\u00a0${formatNumber(value, 4)}${unit ? `\u00a0${unit}` : ''}`;
    })
    .join(', ');
}
