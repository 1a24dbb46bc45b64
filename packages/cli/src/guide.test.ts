import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inProcess, tinyWorkspace } from './commandLine.fixture.js';

const guide = readFileSync(new URL('../../../docs/guides/instruments.md', import.meta.url), 'utf8');
const [example, long] = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map((m) => m[1]!);

let root: string;
beforeAll(async () => {
  root = await tinyWorkspace();
  await writeFile(join(root, 'mine.yaml'), example!);
  await writeFile(join(root, 'long.yaml'), long!);
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

test("the guide's other geometry: measured widths of the pulse, a face tilted the other way", async () => {
  const at = ['--chopper', 'FINE:360', '--two-theta', '20', '--energy', '24', '--json'];
  const r = await inProcess(root, 'resolution', 'long.yaml', '--ei', '60', ...at);
  expect(r.err).toBe('');
  const report = JSON.parse(r.out) as { fwhm: { E: { total: number; moderator: number } } };
  expect(report.fwhm.E.moderator).toBeGreaterThan(0.3);
  expect(report.fwhm.E.total).toBeLessThan(6);
  const outside = await inProcess(root, 'resolution', 'long.yaml', '--ei', '5', ...at);
  expect(outside.out + outside.err).toMatch(/do not reach this energy[\s\S]*0.5 to 3 angstrom/);
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
    for (const option of (s.def?.options as unknown[] | undefined) ?? []) visit(option);
  };
  visit(instrumentSchema);
  expect(names.size).toBeGreaterThan(25);
  for (const name of names) expect(guide, name).toContain(name);
});
