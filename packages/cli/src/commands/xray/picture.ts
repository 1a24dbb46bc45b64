import { writeFile } from 'node:fs/promises';
import { broaden, type Lines, linearGrid } from '@spectraloom/xray';
import { UsageError } from '../../console/errors.js';

/** @throws UsageError where the name of a picture ends in neither .svg nor .png */
export function pictureKind(path: string | undefined): 'svg' | 'png' | undefined {
  if (path === undefined) return undefined;
  const kind = /\.(svg|png)$/i.exec(path)?.[1]?.toLowerCase();
  if (kind === 'svg' || kind === 'png') return kind;
  throw new UsageError({
    what: 'the kind of picture is not known',
    where: '--plot',
    got: path,
    expected: 'a name that ends in .svg or .png',
  });
}

/** Broadened spectra, one panel each, written as a picture. */
export async function linesPicture(
  path: string,
  kind: 'svg' | 'png',
  title: string,
  fwhmEv: number,
  spectra: readonly (readonly [string, Lines])[],
): Promise<void> {
  const { curvesSvg, rasteriseSvg } = await import('@spectraloom/report');
  const svg = curvesSvg({
    title,
    panels: spectra.map(([name, lines]) => {
      // Bound by the strong lines: diffuse functions put weak ones far up.
      const strongest = Math.max(...lines.strengths);
      const shown = lines.energiesEv.filter((_, i) => lines.strengths[i]! > 1e-3 * strongest);
      const grid = linearGrid(
        Math.min(...shown) - 4 * fwhmEv,
        Math.max(...shown) + 4 * fwhmEv,
        600,
      );
      return {
        title: name,
        x: grid,
        y: broaden(lines, grid, fwhmEv),
        xLabel: 'energy (eV)',
        yLabel: 'per eV',
      };
    }),
  });
  await writeFile(path, kind === 'png' ? await rasteriseSvg(svg) : svg);
}
