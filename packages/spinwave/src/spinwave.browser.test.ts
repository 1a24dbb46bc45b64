import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPresent, bundle, pageWith } from '../../../tools/vitest/bundle.mjs';
import type * as SpinWave from './index.js';
import { parseSpinModel, prepare, spectrum } from './index.js';

/** What the bundle leaves on the page. */
type Global = { SpinWave: typeof SpinWave };

const modelText = `
name: antiferromagnet with DM
lattice: { a: 4, b: 4, c: 9 }
parameters: { J: { value: 1 } }
sites:
  - { label: A, position: [0, 0, 0], spin: 1, ion: Mn2, direction: [0, 0, 1] }
  - { label: B, position: [0.5, 0.5, 0], spin: 1, ion: Mn2, direction: [0, 0, -1] }
interactions:
  - bonds:
      - { from: A, to: B, cell: [0, 0, 0] }
      - { from: A, to: B, cell: [-1, 0, 0] }
      - { from: A, to: B, cell: [0, -1, 0] }
      - { from: A, to: B, cell: [-1, -1, 0] }
    exchange: J
anisotropy: [{ axis: [0, 0, 1], strength: -0.1 }]
`;

describe.skipIf(!browserPresent)('the package, bundled, in headless Chromium', () => {
  let page: Page;
  let bundled: Awaited<ReturnType<typeof bundle>>;

  beforeAll(async () => {
    bundled = await bundle(new URL('./index.ts', import.meta.url), 'SpinWave');
    page = await pageWith(bundled.code, 'SpinWave');
  });
  afterAll(async () => page?.context().browser()?.close());

  it('has no Node module in it, and nothing was left out of the bundle', () => {
    expect(bundled).toMatchObject({ chunks: 1, imports: [], warnings: [] });
    expect(bundled.code).not.toMatch(
      /__vite-browser-external|require\(["']|from ["']node:|\bprocess\.env\b/,
    );
  });

  it('parses, computes and gives the same numbers as in Node', async () => {
    const Q = [0.1, 0.2, 0, 0.37, 0.41, 0.6, 1.2, 0.3, 0.5];
    const here = prepare(parseSpinModel(modelText));
    const expected = spectrum(here, here.parameterVector(), Float64Array.from(Q));
    const got = await page.evaluate(
      ({ text, q }) => {
        const { parseSpinModel, prepare, spectrum, checkStability } = (
          globalThis as unknown as Global
        ).SpinWave;
        const prepared = prepare(parseSpinModel(text));
        const p = prepared.parameterVector();
        const s = spectrum(prepared, p, Float64Array.from(q));
        return {
          energies: [...s.energiesMeV],
          sPerp: [...s.sPerp],
          stable: checkStability(prepared, p).stable,
          process: typeof (globalThis as { process?: unknown }).process,
        };
      },
      { text: modelText, q: Q },
    );
    expect(got.process).toBe('undefined');
    expect(got.stable).toBe(true);
    got.energies.forEach((e, i) => expect(e).toBeCloseTo(expected.energiesMeV[i]!, 12));
    got.sPerp.forEach((s, i) => expect(s).toBeCloseTo(expected.sPerp[i]!, 12));
  });

  it('reads the PCSMO model and gives its published energies', async () => {
    const file = new URL('../../../pipelines/pcsmo/models/goodenough.yaml', import.meta.url);
    if (!existsSync(file)) {
      console.log(`skipped: no ${fileURLToPath(file)}`);
      return;
    }
    const energies = await page.evaluate(
      (text) => {
        const { parseSpinModel, prepare } = (globalThis as unknown as Global).SpinWave;
        const prepared = prepare(parseSpinModel(text));
        const cell = prepared.model.chemicalLattice.a;
        // (1.1, 0.7, 0) of the 10.816 Å model cell
        const f = cell > 8 ? 1 : 0.5;
        const q = Float64Array.from([1.1 * f, 0.7 * f, 0]);
        return [...prepared.modes(q, prepared.parameterVector()).energiesMeV];
      },
      readFileSync(file, 'utf8'),
    );
    expect(energies[0]).toBeCloseTo(86.0711, 4);
    expect(energies[15]).toBeCloseTo(5.4988, 4);
  });
});
