import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { build, type Rolldown } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as Xray from './index.js';
import { simulateWater } from './index.js';

type Global = { Xray: typeof Xray };

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const present = existsSync(executablePath);
if (!present) {
  console.log(`skipped: no browser at ${executablePath} (set CHROMIUM_PATH to one)`);
}

describe.skipIf(!present)('the package, bundled, in headless Chromium', () => {
  let browser: Browser;
  let page: Page;
  let code = '';
  const warnings: string[] = [];

  beforeAll(async () => {
    const entry = fileURLToPath(new URL('./index.ts', import.meta.url));
    const result = (await build({
      configFile: false,
      logLevel: 'silent',
      resolve: { conditions: ['@spectraloom/source', 'browser', 'import', 'default'] },
      build: {
        write: false,
        minify: false,
        lib: { entry, formats: ['iife'], name: 'Xray', fileName: 'xray' },
        rolldownOptions: { onwarn: (w) => warnings.push(w.message) },
      },
    })) as Rolldown.RolldownOutput[];
    const chunks = result[0]!.output.filter((o) => o.type === 'chunk');
    expect(chunks.length).toBe(1);
    expect(chunks[0]!.imports).toEqual([]);
    code = chunks[0]!.code;
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    page = await browser.newPage();
    await page.addScriptTag({ content: `${code}\nglobalThis.Xray = Xray;` });
  });

  afterAll(async () => browser?.close());

  it('has no Node module in it, and nothing was left out of the bundle', () => {
    expect(warnings).toEqual([]);
    expect(code).not.toMatch(
      /__vite-browser-external|require\(["']|from ["']node:|\bprocess\.env\b/,
    );
  });

  it('computes water and gives the same numbers as in Node', async () => {
    const geometry = { angleDeg: 110, longAngstrom: 1.05, shortAngstrom: 0.93 };
    const expected = simulateWater(geometry);
    const got = await page.evaluate((g) => {
      const { simulateWater } = (globalThis as unknown as Global).Xray;
      const s = simulateWater(g);
      return { total: s.totalHa, emission: [...s.emission.energiesEv] };
    }, geometry);
    expect(got.total).toBeCloseTo(expected.totalHa, 10);
    got.emission.forEach((e, i) => expect(e).toBeCloseTo(expected.emission.energiesEv[i]!, 7));
  });
});
