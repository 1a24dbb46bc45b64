import { escapeMarkup } from './escape.js';

/** Attributes of an SVG element; `undefined` leaves one out. */
export type SvgAttributes = Readonly<Record<string, string | number | undefined>>;

/** A number for SVG: at most two decimals, no negative zero. */
export function svgNumber(value: number): string {
  return String(Math.round(value * 100) / 100 || 0);
}

/** One SVG element. Attribute values are escaped; `children` are SVG already. */
export function svgElement(name: string, attributes: SvgAttributes, ...children: string[]): string {
  let tag = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    tag += ` ${key}="${typeof value === 'number' ? svgNumber(value) : escapeMarkup(value)}"`;
  }
  const inner = children.join('');
  return inner ? `${tag}>${inner}</${name}>` : `${tag}/>`;
}

/** A `<text>` element of escaped text. */
export function svgText(text: string, attributes: SvgAttributes): string {
  return svgElement('text', attributes, escapeMarkup(text));
}

/** A `<title>`: the tooltip, and what a screen reader says, of the element it stands in. */
export function svgTitle(text: string): string {
  return svgElement('title', {}, escapeMarkup(text));
}
