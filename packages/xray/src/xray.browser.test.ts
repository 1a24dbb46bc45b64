import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPresent, bundle, pageWith } from '../../../tools/vitest/bundle.mjs';
import type * as Xray from './index.js';
import { simulateWater } from './index.js';

type Global = { Xray: typeof Xray };

describe.skipIf(!browserPresent)('the package, bundled, in headless Chromium', () => {
  let page: Page;
  let bundled: Awaited<ReturnType<typeof bundle>>;

  beforeAll(async () => {
    bundled = await bundle(new URL('./index.ts', import.meta.url), 'Xray');
    page = await pageWith(bundled.code, 'Xray');
  });
  afterAll(async () => page?.context().browser()?.close());

  it('has no Node module in it, and nothing was left out of the bundle', () => {
    expect(bundled).toMatchObject({ chunks: 1, imports: [], warnings: [] });
    expect(bundled.code).not.toMatch(
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
