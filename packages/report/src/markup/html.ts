import { escapeMarkup } from './escape.js';

/** A piece of markup that is already safe; only this file and the SVG writers make one. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What may stand in an `html` template. */
export type Insertable = Markup | string | number | undefined | false | readonly Insertable[];

function insert(value: Insertable): string {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(insert).join('');
  if (value === undefined || value === false) return '';
  return escapeMarkup(String(value));
}

/**
 * Template tag: everything inserted is escaped, unless it is Markup itself. `undefined` and
 * `false` insert nothing; lists are joined.
 */
export function html(strings: TemplateStringsArray, ...values: Insertable[]): Markup {
  let text = strings[0];
  values.forEach((value, i) => {
    text += insert(value) + strings[i + 1];
  });
  return new Markup(text);
}

/** Marks markup made by this package (an SVG, say) as safe. Never for text from outside. */
export function trusted(markup: string): Markup {
  return new Markup(markup);
}
