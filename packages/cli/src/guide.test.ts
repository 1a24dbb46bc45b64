import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inProcess, tinyWorkspace } from './commandLine.fixture.js';

const guide = readFileSync(new URL('../../../docs/guides/instruments.md', import.meta.url), 'utf8');
const example = /```yaml\n([\s\S]*?)```/.exec(guide)![1]!;

let root: string;
beforeAll(async () => {
  root = await tinyWorkspace();
  await writeFile(join(root, 'mine.yaml'), example);
});
afterAll(() => rm(root, { recursive: true }));

test("the guide's instrument runs: resolution and image", async () => {
  const at = ['--ei', '60', '--two-theta', '20', '--energy', '15', '--json'];
  const widths: number[] = [];
  for (const chopper of ['S:300', 'FINE:300']) {
    const r = await inProcess(root, 'resolution', 'mine.yaml', ...at, '--chopper', chopper);
    expect(r.err).toBe('');
    const { instrument, fwhm } = JSON.parse(r.out) as {
      instrument: string;
      fwhm: { E: { total: number } };
    };
    expect(instrument).toBe('EXAMPLE');
    widths.push(fwhm.E.total);
  }
  expect(widths[1]).toBeLessThan(widths[0]!);
  const model = 'pipelines/tiny/models/nearest.yaml';
  const image = await inProcess(
    root,
    ...['image', model, '--instrument', 'mine.yaml', '--out', join(root, 'x.npy'), '--json'],
  );
  expect(image.err).toBe('');
  const facts = JSON.parse(image.out) as { masked: number; largest: number; shape: number[] };
  expect(facts.largest).toBeGreaterThan(0);
  expect(facts.masked).toBeGreaterThan(0);
  expect(facts.masked).toBeLessThan(facts.shape[0]! * facts.shape[1]!);
  const fast = await inProcess(root, 'resolution', 'mine.yaml', ...at, '--chopper', 'FINE:700');
  expect(fast.out).toMatch(/at most 600 Hz/);
});

test('the guide names every field of the schema', async () => {
  const { instrumentSchema } = await import('@spectraloom/instrument');
  const names = new Set<string>();
  const visit = (schema: unknown): void => {
    const s = schema as { shape?: Record<string, unknown>; def?: Record<string, unknown> };
    if (s.shape) {
      for (const [name, inner] of Object.entries(s.shape)) {
        names.add(name);
        visit(inner);
      }
    }
    for (const key of ['innerType', 'element', 'valueType']) {
      if (s.def?.[key]) visit(s.def[key]);
    }
  };
  visit(instrumentSchema);
  expect(names.size).toBeGreaterThan(25);
  for (const name of names) expect(guide, name).toContain(name);
});
