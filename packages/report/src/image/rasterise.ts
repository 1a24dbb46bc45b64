import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { ReportError } from '../errors.js';

const FONT_FILES = ['400', '700'].map(
  (weight) => `@fontsource/dejavu-sans/files/dejavu-sans-latin-${weight}-normal.woff2`,
);

let ready: Promise<Uint8Array[]> | undefined;

async function load(): Promise<Uint8Array[]> {
  const require = createRequire(import.meta.url);
  try {
    await initWasm(await readFile(require.resolve('@resvg/resvg-wasm/index_bg.wasm')));
    return await Promise.all(FONT_FILES.map((file) => readFile(require.resolve(file))));
  } catch (error) {
    throw new ReportError(
      {
        code: 'RASTERISER_MISSING',
        what: 'a PNG cannot be drawn, because the rasteriser or its font is not there',
        got: (error as Error).message,
        expected: '@resvg/resvg-wasm and @fontsource/dejavu-sans, as package.json pins them',
        next: 'run npm ci; until then an SVG or a .npy file can be written instead',
      },
      { cause: error },
    );
  }
}

/**
 * Draws an SVG as a PNG. Text is set in DejaVu Sans, which comes with the package: the picture is
 * the same on every machine, and needs no font and no native binary there.
 * @param zoom figure pixels to picture pixels
 * @throws ReportError RASTERISER_MISSING
 */
export async function rasteriseSvg(svg: string, zoom = 1): Promise<Uint8Array> {
  ready ??= load();
  const fontBuffers = await ready;
  const resvg = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: zoom },
    font: { fontBuffers, loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans' },
  });
  try {
    const rendered = resvg.render();
    try {
      return rendered.asPng();
    } finally {
      rendered.free();
    }
  } finally {
    resvg.free();
  }
}
