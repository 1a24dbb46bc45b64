import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hold, spectraloom, start, tinyWorkspace } from './commandLine.fixture.js';

let root: string;
const train = ['train', 'tiny', '--preset', 'learn', '--backend', 'wasm'];
const roots: string[] = [];
beforeAll(async () => {
  root = await tinyWorkspace();
  roots.push(root);
});
afterAll(async () => {
  for (const each of roots) await rm(each, { recursive: true, force: true });
});

/** Folder of the only finished calibration: the networks beside the main one are there. */
function calibrated(of: string): string {
  const base = join(of, 'runs/tiny/learn/calibrate');
  const [name, ...more] = readdirSync(base);
  expect(more).toEqual([]);
  return join(base, name!);
}

const hashOf = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

const files = [
  ...['best.safetensors', 'uncertainty.json', 'ensemble-2/best.safetensors'],
  ...['ddu/best.safetensors', 'duq/best.safetensors', 'denoiser/best.safetensors'],
];

describe('spectraloom train with methods of uncertainty', () => {
  test('trains, calibrates and keeps them all; kill -9 in between changes nothing', async () => {
    const whole = await spectraloom(root, ...train);
    expect(whole.code).toBe(0);
    expect(whole.err).toMatch(/denoiser epoch 2\/2 {2}loss \S+ \d+.* validation loss/);
    expect(whole.err).toMatch(/cnn-gap-small epoch \d\/2 .* accuracy [▁-█]+ \d+\.\d %/);
    // The trunk of duq is that of the trained network, with its options and its weights.
    expect(whole.err).toMatch(/duq: starts from the trained conv1\/kernel, .*conv4\/kernel/);
    const folder = calibrated(root);
    const { results } = JSON.parse(await readFile(join(folder, 'stage.json'), 'utf8')) as {
      results: {
        images: number;
        methods: string[];
        temperature: number;
        networks: { folder: string; parameters: number }[];
        lengthScales: { best: number; trials: { lengthScale: number }[] };
      };
    };
    expect(results.methods).toEqual([
      ...['softmax', 'ddu', 'ddu-bounded', 'subspace', 'ensemble', 'duq', 'denoiser'],
    ]);
    expect(results.networks.map((n) => n.folder)).toEqual(['ddu', 'ensemble-2', 'duq', 'denoiser']);
    expect(results.lengthScales.trials.map((t) => t.lengthScale)).toEqual([0.3, 1]);
    expect([0.3, 1]).toContain(results.lengthScales.best);
    expect(results.temperature).toBeGreaterThan(0);
    const train1 = join(root, 'runs/tiny/learn/train');
    const stage = join(train1, readdirSync(train1)[0]!, 'stage.json');
    const { splits, classCounts } = (
      JSON.parse(await readFile(stage, 'utf8')) as {
        results: { splits: Record<string, number>; classCounts: number[] };
      }
    ).results;
    expect(Object.values(splits).reduce((a, b) => a + b, 0)).toBe(80);
    expect(classCounts.reduce((a, b) => a + b, 0)).toBe(splits['train']);
    // Fitted on the images for calibration, all of them and no others.
    expect(results.images).toBe(splits['calibration']);

    const broken = await tinyWorkspace();
    roots.push(broken);
    // Held behind the second epoch of the second network of the ensemble.
    const held = hold(broken, 'ensemble-2/last.safetensors', process.env, 2);
    const { child, ended } = start(broken, [...train, '--json'], held.env);
    await held.reached();
    child.kill('SIGKILL');
    const killed = await ended;
    expect(killed.signal).toBe('SIGKILL');
    expect(killed.out).toMatch(/"epoch","stage":"calibrate","network":"ensemble-2"/);
    expect((await spectraloom(broken, ...train)).code).toBe(0);
    for (const file of files) {
      expect(await hashOf(join(calibrated(broken), file)), file).toBe(
        await hashOf(join(folder, file)),
      );
    }
  });
});

describe('--model and --uncertainty', () => {
  test('refuse names that they do not know, and what names no classes', async () => {
    const unknown = await spectraloom(root, ...train, '--model', 'resnet');
    expect(unknown.code).not.toBe(0);
    expect(unknown.err).toMatch(/no network of this name[\s\S]*resnet[\s\S]*compact/);
    const vae = await spectraloom(root, ...train, '--model', 'vae-denoiser');
    expect(vae.err).toMatch(/names no classes[\s\S]*--uncertainty denoiser/);
    const method = await spectraloom(root, ...train, '--uncertainty', 'ddu,magic');
    expect(method.err).toMatch(/no method of uncertainty 'magic'[\s\S]*ensemble, ddu, duq/);
  });

  test('--model trains another network under another key', async () => {
    const other = await tinyWorkspace();
    roots.push(other);
    const run = await spectraloom(
      other,
      ...['train', 'tiny', '--preset', 'fast', '--backend', 'wasm', '--model', 'mlp'],
    );
    expect(run.err).toMatch(/train mlp/);
    expect(run.code).toBe(0);
  });
});
