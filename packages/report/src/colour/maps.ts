import {
  interpolateCividis,
  interpolateGreys,
  interpolateInferno,
  interpolateMagma,
  interpolateOranges,
  interpolatePuOr,
  interpolateRdBu,
  interpolateViridis,
} from 'd3-scale-chromatic';

/**
 * Colour maps, all readable with the common colour-vision deficiencies. Sequential ones
 * (`viridis`, `magma`, `inferno`, `cividis`) grow in lightness all the way; `difference`
 * (blue, white, red) is lightest in its middle, which is zero; `activation` (white to orange) and
 * `evidence` (purple, white, orange) are the tints of a map laid over a grey image.
 */
export type ColourMapName =
  'viridis' | 'magma' | 'inferno' | 'cividis' | 'grey' | 'difference' | 'activation' | 'evidence';

/** 256 colours, `[256, 3]` row-major, sRGB 0..255. */
export type ColourTable = Uint8Array;

const INTERPOLATORS: Readonly<Record<ColourMapName, (t: number) => string>> = {
  viridis: interpolateViridis,
  magma: interpolateMagma,
  inferno: interpolateInferno,
  cividis: interpolateCividis,
  grey: (t) => interpolateGreys(0.05 + 0.95 * t),
  difference: (t) => interpolateRdBu(1 - t),
  activation: (t) => interpolateOranges(0.72 * t),
  evidence: (t) => interpolatePuOr(0.18 + 0.64 * t),
};

/** Every colour map by name. */
export const colourMapNames = Object.keys(INTERPOLATORS) as ColourMapName[];

const tables = new Map<ColourMapName, ColourTable>();

function parseColour(css: string): [number, number, number] {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(css);
  if (hex) return [parseInt(hex[1], 16), parseInt(hex[2], 16), parseInt(hex[3], 16)];
  const parts = css.match(/[\d.]+/g)!.map(Number);
  return [Math.round(parts[0]), Math.round(parts[1]), Math.round(parts[2])];
}

/** The 256 colours of a map. */
export function colourTable(name: ColourMapName): ColourTable {
  let table = tables.get(name);
  if (!table) {
    table = new Uint8Array(256 * 3);
    for (let i = 0; i < 256; i++) table.set(parseColour(INTERPOLATORS[name](i / 255)), 3 * i);
    tables.set(name, table);
  }
  return table;
}

/** Colour at a position 0..1 of a map, as `#rrggbb`. */
export function colourAt(table: ColourTable, position: number): string {
  const i = tableIndex(position) * 3;
  const hex = (v: number) => v.toString(16).padStart(2, '0');
  return `#${hex(table[i])}${hex(table[i + 1])}${hex(table[i + 2])}`;
}

/** Row of the table for a position 0..1; positions outside take the end. */
export function tableIndex(position: number): number {
  return position >= 1 ? 255 : position > 0 ? Math.round(position * 255) : 0;
}

/** Relative luminance of an sRGB colour, 0..1 (WCAG 2.1's definition). */
export function relativeLuminance(red: number, green: number, blue: number): number {
  const linear = (v: number) => {
    const c = v / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** Black or white, whichever contrasts more with the colour at a position of a map. */
export function textColourOn(table: ColourTable, position: number): string {
  const i = tableIndex(position) * 3;
  const luminance = relativeLuminance(table[i], table[i + 1], table[i + 2]);
  return 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 ? '#ffffff' : '#000000';
}
