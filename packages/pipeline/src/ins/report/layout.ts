import type { ImageLayout, ImageSpec } from '@spectraloom/imaging';
import type { TileLayout } from '@spectraloom/report';

/** Axes and energies of the tiles, as the pictures name them. */
export function reportLayout(spec: ImageSpec, layout: ImageLayout): TileLayout {
  const { h, k } = spec.pixels;
  const { from, to, count } = spec.slices;
  const width = (to - from) / count;
  return {
    tileRows: layout.h.count,
    tileCols: layout.k.count,
    rows: spec.incident.map(({ eiMeV, chopperHz }) => ({ eiMeV, note: `${chopperHz} Hz` })),
    columns: Array.from({ length: count }, (_, i) => ({
      fromFraction: from + i * width,
      toFraction: from + (i + 1) * width,
    })),
    horizontal: { label: 'K', unit: 'r.l.u.', first: k.from, last: k.to },
    vertical: { label: 'H', unit: 'r.l.u.', first: h.to, last: h.from },
  };
}
