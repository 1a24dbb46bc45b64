/**
 * How an image of a time-of-flight experiment is put together: a grid of tiles, one row of tiles
 * an incident energy (top to bottom) and one column of tiles an energy-transfer slice (left to
 * right). Every tile is a map over the same two reciprocal-space axes.
 */
export interface TileLayout {
  /** Pixels of one tile along the vertical axis (40 for PCSMO). */
  readonly tileRows: number;
  /** Pixels of one tile along the horizontal axis (40 for PCSMO). */
  readonly tileCols: number;
  /** Rows of tiles, top to bottom. */
  readonly rows: readonly TileRow[];
  /** Columns of tiles, left to right. */
  readonly columns: readonly TileColumn[];
  /** Axis along a tile's width, left to right. */
  readonly horizontal: TileAxis;
  /** Axis along a tile's height, **top to bottom** (so `first` is +1 and `last` -1 for PCSMO). */
  readonly vertical: TileAxis;
}

/** One row of tiles: one incident energy. */
export interface TileRow {
  /** Incident energy Ei, meV. */
  readonly eiMeV: number;
  /** A second line under the row's label, such as the chopper setting (`250 Hz`). */
  readonly note?: string;
}

/** One column of tiles: a slice of energy transfer, as a fraction of the row's Ei. */
export interface TileColumn {
  /** Lower edge of the slice, as a fraction of Ei. */
  readonly fromFraction: number;
  /** Upper edge of the slice, as a fraction of Ei. */
  readonly toFraction: number;
}

/** One axis of a tile. The values are the centres of its first and last pixel. */
export interface TileAxis {
  /** Name of the axis: `H`, `K`. */
  readonly label: string;
  /** Unit: `r.l.u.`. */
  readonly unit: string;
  /** Value at the centre of the first pixel (left, or top). */
  readonly first: number;
  /** Value at the centre of the last pixel (right, or bottom). */
  readonly last: number;
}

/** Shape of an image of this layout: `[rows, columns]` in pixels, row-major. */
export function imageShape(layout: TileLayout): [number, number] {
  return [layout.rows.length * layout.tileRows, layout.columns.length * layout.tileCols];
}

/** Energy transfer of a tile, meV: its slice's fractions times its row's Ei. */
export function tileEnergyRangeMeV(layout: TileLayout, row: number, column: number) {
  const ei = layout.rows[row].eiMeV;
  const { fromFraction, toFraction } = layout.columns[column];
  return { fromMeV: fromFraction * ei, toMeV: toFraction * ei };
}

/** Calls `visit` with the index of every pixel of a tile, row by row. */
export function forEachPixelOfTile(
  layout: TileLayout,
  row: number,
  column: number,
  visit: (index: number) => void,
): void {
  const width = layout.columns.length * layout.tileCols;
  for (let y = 0; y < layout.tileRows; y++) {
    const start = (row * layout.tileRows + y) * width + column * layout.tileCols;
    for (let x = 0; x < layout.tileCols; x++) visit(start + x);
  }
}
