import { decode } from 'fast-png';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { colourTable } from '../colour/maps.js';
import { colourScale } from '../colour/scale.js';
import type { TileLayout } from '../data/layout.js';
import { exampleImage, pcsmoLayout } from '../testing/report.fixture.js';
import { tileName } from './figure.js';
import { tileGeometry } from './geometry.js';
import { resampleBilinear } from './overlay.js';
import { renderImagePng, renderImageSvg } from './picture.js';
import { encodeTilePixels, paintValues } from './pixels.js';

/** Another instrument: tiles that are not square, slices that do not touch, one axis reversed. */
const otherLayout: TileLayout = {
  tileRows: 6,
  tileCols: 10,
  rows: [{ eiMeV: 15.2 }, { eiMeV: 300 }, { eiMeV: 1000, note: 'MERLIN' }],
  columns: [
    { fromFraction: 0.05, toFraction: 0.1 },
    { fromFraction: 0.3, toFraction: 0.35 },
  ],
  horizontal: { label: 'L', unit: 'r.l.u.', first: 4, last: 0 },
  vertical: { label: '|Q|', unit: 'Å⁻¹', first: 0, last: 3 },
};
const otherImage = () => new Float32Array(18 * 20).map((_, i) => i);

const pixelAt = (png: ReturnType<typeof decode>, x: number, y: number) => [
  ...png.data.slice((y * png.width + x) * png.channels, (y * png.width + x) * png.channels + 3),
];

describe('encodeTilePixels', () => {
  it('puts every pixel at its place, with transparent gaps and masked pixels', () => {
    const values = otherImage();
    const mask = new Uint8Array(values.length);
    mask[0] = 1;
    const scale = colourScale({ low: 0, high: 359, map: 'viridis' });
    const gap = 2;
    const png = decode(encodeTilePixels(otherLayout, mask, paintValues({ values }, scale), gap, 3));
    expect([png.width, png.height]).toEqual([(20 + gap) * 3, (18 + 2 * gap) * 3]);
    const table = colourTable('viridis');
    for (let y = 0; y < 18; y++) {
      for (let x = 0; x < 20; x++) {
        const outX = (x + (x >= 10 ? gap : 0)) * 3;
        const outY = (y + Math.floor(y / 6) * gap) * 3;
        for (const [dx, dy] of [
          [0, 0],
          [2, 2],
        ]) {
          const at = ((outY + dy) * png.width + outX + dx) * 4;
          if (x === 0 && y === 0) expect(png.data[at + 3]).toBe(0);
          else {
            const entry = Math.round((values[y * 20 + x] / 359) * 255) * 3;
            expect([...png.data.slice(at, at + 4)]).toEqual([
              ...table.slice(entry, entry + 3),
              255,
            ]);
          }
        }
      }
    }
    expect(png.data[10 * 3 * 4 + 3]).toBe(0);
  });
});

describe('resampleBilinear', () => {
  it('keeps the map at its own size, and constants and ranges at any', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 17 }),
        fc.integer({ min: 1, max: 17 }),
        fc.infiniteStream(fc.float({ min: -1, max: 1, noNaN: true })),
        (r, c, rows, cols, numbers) => {
          const map = Float32Array.from({ length: r * c }, () => numbers.next().value as number);
          expect(resampleBilinear(map, [r, c], r, c).every((v, i) => v === map[i])).toBe(true);
          const out = resampleBilinear(map, [r, c], rows, cols);
          expect(Math.max(...out)).toBeLessThanOrEqual(Math.max(...map) + 1e-6);
          expect(Math.min(...out)).toBeGreaterThanOrEqual(Math.min(...map) - 1e-6);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is exact on a linear ramp between pixel centres', () => {
    const map = Float32Array.from([0, 1, 2, 3]);
    const out = resampleBilinear(map, [1, 4], 1, 8);
    const expected = [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3];
    expected.forEach((v, i) => expect(out[i]).toBeCloseTo(v, 6));
  });
});

describe('tileName', () => {
  it('names a tile by its energies', () => {
    expect(tileName(pcsmoLayout, 3, 7)).toBe('Ei 70 meV, energy transfer 36.4 to 40.6 meV');
  });
});

describe('renderImagePng', () => {
  it('draws the pixels at their places in the right colours, with text around them', async () => {
    const image = exampleImage(20, 0.3);
    const zoom = 2;
    const picture = await renderImagePng(image.values, pcsmoLayout, {
      mask: image.mask,
      range: [0, 4],
      zoom,
    });
    const png = decode(picture);
    const g = tileGeometry(pcsmoLayout, 80);
    const margin = 12;
    expect([png.width, png.height]).toEqual([
      (g.width + 2 * margin) * zoom,
      (g.height + 2 * margin) * zoom,
    ]);
    const table = colourTable('viridis');
    let checked = 0;
    for (let row = 0; row < 6; row++) {
      for (let column = 0; column < 10; column++) {
        for (const [y, x] of [
          [3, 9],
          [20, 33],
          [36, 21],
        ]) {
          const index = (row * 40 + y) * 400 + column * 40 + x;
          if (image.mask![index]) continue;
          const px = (margin + g.x(column) + (x + 0.5) * g.pixel) * zoom;
          const py = (margin + g.y(row) + (y + 0.5) * g.pixel) * zoom;
          const entry = Math.round(Math.min(1, Math.max(0, image.values[index] / 4)) * 255) * 3;
          const got = pixelAt(png, Math.floor(px), Math.floor(py));
          [0, 1, 2].forEach((c) =>
            expect(Math.abs(got[c] - table[entry + c])).toBeLessThanOrEqual(1),
          );
          checked++;
        }
      }
    }
    expect(checked).toBeGreaterThan(100);
    // Text: dark pixels above the tiles (energy slices) and left of them (vertical axis).
    const dark = (x0: number, x1: number, y0: number, y1: number) => {
      let count = 0;
      for (let y = y0 * zoom; y < y1 * zoom; y++) {
        for (let x = x0 * zoom; x < x1 * zoom; x++)
          if (png.data[(y * png.width + x) * png.channels] < 140) count++;
      }
      return count;
    };
    expect(
      dark(margin + g.left, margin + g.left + 400, margin, margin + g.top - 4),
    ).toBeGreaterThan(300);
    expect(
      dark(margin, margin + g.left - 8, margin + g.top, margin + g.top + g.gridHeight),
    ).toBeGreaterThan(100);
  });

  it('draws the same bytes each time', async () => {
    const image = otherImage();
    const once = await renderImagePng(image, otherLayout, { title: 'x' });
    expect(await renderImagePng(image, otherLayout, { title: 'x' })).toEqual(once);
  });

  it('hatches masked pixels, and says what the hatching is', () => {
    const image = otherImage();
    const mask = new Uint8Array(image.length);
    mask[7] = 1;
    expect(renderImageSvg(image, otherLayout, { mask })).toContain('no detector');
    expect(renderImageSvg(image, otherLayout)).not.toContain('no detector');
  });

  it('escapes a title', () => {
    const svg = renderImageSvg(otherImage(), otherLayout, { title: '<script>alert(1)</script>' });
    expect(svg).not.toContain('<script');
    expect(svg).toContain('&lt;script&gt;');
  });

  it.each([
    ['too few pixels', new Float32Array(3), {}, 'got 3 pixels, expected 18 x 20 = 360'],
    ['a value that is none', otherImage().fill(NaN, 4, 5), {}, 'got NaN'],
    ['a mask of another size', otherImage(), { mask: new Uint8Array(2) }, 'got 2 values for 360'],
    ['a range upside down', otherImage(), { range: [2, 1] as const }, '[2, 1]'],
    ['no such colour map', otherImage(), { colourMap: 'jet' as 'viridis' }, 'jet'],
    ['a size of nothing', otherImage(), { zoom: 0 }, 'zoom 0'],
  ])('refuses %s', async (_, image, options, got) => {
    await expect(renderImagePng(image, otherLayout, options)).rejects.toMatchObject({
      code: 'PICTURE_INVALID',
      message: expect.stringContaining(got),
    });
  });

  it('refuses a layout that cannot be', () => {
    const layout = { ...otherLayout, columns: [{ fromFraction: 0.3, toFraction: 0.2 }] };
    expect(() => renderImageSvg(otherImage(), layout)).toThrow(/columns\.0/);
  });
});

describe('tile figures of other layouts', () => {
  it('label slices that do not touch by their ranges, or by their middles where tiles are narrow', () => {
    const wide = renderImageSvg(otherImage(), otherLayout, { tileWidth: 80 });
    expect(wide).toContain('0.05–0.10');
    const narrow = renderImageSvg(otherImage(), otherLayout, { tileWidth: 20 });
    expect(narrow).toContain('(middle of slice)');
    expect(narrow).toContain('>0.075<');
  });

  it('do not round edges that need three decimals', () => {
    const columns = [
      { fromFraction: 0.125, toFraction: 0.25 },
      { fromFraction: 0.25, toFraction: 0.375 },
    ];
    expect(renderImageSvg(otherImage(), { ...otherLayout, columns })).toContain('0.125–0.250');
  });

  it('make room for long notes', () => {
    const note = 'MERLIN, sloppy chopper, 600 Hz';
    const rows = otherLayout.rows.map((row) => ({ ...row, note }));
    expect(tileGeometry({ ...otherLayout, rows }, 80).width).toBeGreaterThan(
      tileGeometry(otherLayout, 80).width + 100,
    );
  });
});
