import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderImageSvg } from '../image/picture.js';
import { dispersionSvg } from '../plots/dispersion.js';
import { exampleImage, exampleReport, pcsmoLayout } from '../testing/report.fixture.js';
import { renderReport } from './render.js';

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const here = existsSync(executablePath);
if (!here) console.log(`skipped: no browser at ${executablePath}; set CHROMIUM_PATH to a Chromium`);

describe.skipIf(!here)('the page in a browser without a network', () => {
  let browser: Browser;
  let folder: string;
  let address: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'spectraloom-report-'));
    const file = join(folder, 'report.html');
    writeFileSync(file, renderReport(exampleReport()));
    address = pathToFileURL(file).href;
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(colorScheme: 'light' | 'dark', width: number) {
    const context = await browser.newContext({
      colorScheme,
      viewport: { width, height: 900 },
      offline: true,
    });
    const page = await context.newPage();
    const said: string[] = [];
    const asked: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(address);
    return { page, said, asked: () => asked.filter((url) => !url.startsWith('data:')) };
  }

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 700],
    ['dark', 700],
    ['light', 380],
  ] as const)(
    'opens in %s at %d px: no message, no request, no overflow',
    async (scheme, width) => {
      const { page, said, asked } = await open(scheme, width);
      expect(said).toEqual([]);
      expect(asked()).toEqual([address]);
      const scroll = await page.evaluate('document.documentElement.scrollWidth');
      expect(scroll).toBeLessThanOrEqual(width);
      // Every picture of pixels has been decoded and has its size on the page.
      const sizes = (await page.evaluate(
        `[...document.querySelectorAll('svg')].map((s) => s.getBoundingClientRect().width)`,
      )) as number[];
      expect(sizes.length).toBe(12);
      expect(Math.min(...sizes)).toBeGreaterThan(200);
      await page.context().close();
    },
  );

  it('reads with enough contrast in both themes', async () => {
    for (const scheme of ['light', 'dark'] as const) {
      const { page } = await open(scheme, 1280);
      const contrasts = (await page.evaluate(`(() => {
        const style = getComputedStyle(document.documentElement);
        const colour = (name) => style.getPropertyValue(name).trim().match(/[0-9a-f]{2}/gi).map((h) => {
          const c = parseInt(h, 16) / 255;
          return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        });
        const light = (name) => { const [r, g, b] = colour(name); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
        const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
        return ['--text', '--muted', '--accent'].flatMap((t) => ['--page', '--surface'].map((g) => [t, g, ratio(t, g)]))
          .concat([['--warn', '--warn-ground', ratio('--warn', '--warn-ground')]]);
      })()`)) as [string, string, number][];
      for (const [text, ground, ratio] of contrasts) {
        expect(ratio, `${text} on ${ground}, ${scheme}`).toBeGreaterThan(4.5);
      }
      await page.context().close();
    }
  });

  it('labels of a picture do not lie on each other', async () => {
    const { page } = await open('light', 1280);
    const collisions =
      (await page.evaluate(`[...document.querySelectorAll('svg')].flatMap((svg) => {
      const boxes = [...svg.querySelectorAll('text')]
        .filter((t) => t.getAttribute('opacity') !== '0' && t.textContent)
        .map((t) => ({ text: t.textContent, box: t.getBoundingClientRect() }));
      const hits = [];
      boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
        const w = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
        const h = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
        // Line boxes are higher than their letters: they may touch by a little.
        if (w > 1 && h > 0.35 * Math.min(a.box.height, b.box.height)) hits.push(a.text + ' | ' + b.text);
      }));
      return hits;
    })`)) as string[];
    expect(collisions).toEqual([]);
    await page.context().close();
  });

  it('enlarges a figure by its link alone', async () => {
    const { page } = await open('light', 1280);
    const width = () =>
      page.evaluate(
        `document.querySelector('figure svg').getBoundingClientRect().width`,
      ) as Promise<number>;
    const before = await width();
    await page.click('figure .enlarge');
    expect(await width()).toBeGreaterThan(1.8 * before);
    await page.click('figure .reduce:visible');
    expect(await width()).toBeCloseTo(before, 0);
    await page.context().close();
  });

  it('reads its stand-alone SVGs as XML', async () => {
    const svgs = [
      renderImageSvg(exampleImage(20, 0).values, pcsmoLayout, { title: 'a < b & "c"' }),
      dispersionSvg({
        title: 'a < b & "c"',
        distance: [0, 1],
        distanceLabel: 'q',
        nModes: 1,
        energiesMeV: [1, 2],
        marks: [{ at: 0, label: '</text>' }],
      }),
    ];
    const { page } = await open('light', 700);
    for (const svg of svgs) {
      const errors = await page.evaluate(
        `new DOMParser().parseFromString(${JSON.stringify(svg)}, 'image/svg+xml').querySelectorAll('parsererror').length`,
      );
      expect(errors).toBe(0);
    }
    await page.context().close();
  });
});
