import type { Json } from '../data/types.js';
import { formatNumber } from '../markup/numbers.js';
import { html, type Insertable, type Markup } from '../markup/html.js';

/** A section of the page, with its place in the navigation. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

/** A figure that can be enlarged to the page's width (by its link, without a script). */
export function figure(id: string, picture: Markup, caption: Insertable): Markup {
  return html`<figure id="${id}">
    <div class="picture">${picture}</div>
    <figcaption>${caption} <a class="enlarge" href="#${id}" aria-label="Enlarge this figure">Enlarge</a><a class="reduce" href="#_" aria-label="Reduce this figure">Reduce</a></figcaption>
  </figure>`;
}

/** Two columns: what, and its value. */
export function factTable(rows: readonly (readonly [Insertable, Insertable])[]): Markup {
  return html`<table class="facts"><tbody>${rows.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`,
  )}</tbody></table>`;
}

/** A table with a heading row; cells of `numeric` columns line up at the right. */
export function dataTable(
  columns: readonly { readonly title: Insertable; readonly numeric?: boolean }[],
  rows: readonly (readonly Insertable[])[],
  caption?: string,
): Markup {
  const align = (i: number) => (columns[i].numeric ? 'num' : 'txt');
  return html`<div class="scroll"><table class="data">${
    caption ? html`<caption>${caption}</caption>` : undefined
  }<thead><tr>${columns.map(
    (c, i) => html`<th scope="col" class="${align(i)}">${c.title}</th>`,
  )}</tr></thead><tbody>${rows.map(
    (row) => html`<tr>${row.map((cell, i) => html`<td class="${align(i)}">${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}

/** A word with the colour of its class as a small square before it. */
export function classChip(label: string, colourClass: string): Markup {
  return html`<span class="chip ${colourClass}">${label}</span>`;
}

/** A long value (hash, path) that may break anywhere. */
export const code = (text: string): Markup => html`<code>${text}</code>`;

function leaf(value: Json): string {
  if (typeof value === 'number')
    return Number.isInteger(value) ? String(value) : formatNumber(value, 6);
  if (value === null) return 'none';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const isPlain = (value: Json): boolean => value === null || typeof value !== 'object';

/** Nested settings as rows `a.b.c`, value; lists of plain values stay on one row. */
export function flattenSettings(value: Json, path = ''): [string, string][] {
  if (isPlain(value)) return [[path, leaf(value)]];
  if (Array.isArray(value)) {
    if (value.every(isPlain)) return [[path, value.map(leaf).join(', ') || 'none']];
    return value.flatMap((item: Json, i) => flattenSettings(item, `${path}[${i}]`));
  }
  const entries = Object.entries(value as Readonly<Record<string, Json>>);
  if (entries.length === 0) return [[path, 'none']];
  return entries.flatMap(([key, item]) => flattenSettings(item, path ? `${path}.${key}` : key));
}

/** Settings as a two-column table. */
export function settingsTable(settings: Readonly<Record<string, Json>>): Markup {
  return factTable(flattenSettings(settings).map(([name, value]) => [name, value]));
}
