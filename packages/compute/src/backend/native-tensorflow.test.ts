import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { findNativeBuild, loadNativeBuild } from './native-tensorflow.js';
import { parseNvidiaSmi } from './nvidia.js';
import { selectBackend } from './select.js';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
const script = join(root, 'tools/native-tensorflow/build.mjs');
const scratch = mkdtempSync(join(tmpdir(), 'spectraloom-native-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function fakeBuild(name: string, fields: object = {}): string {
  const folder = join(scratch, name, '.native-tensorflow');
  mkdirSync(folder, { recursive: true });
  const versions = {
    tensorflow: '9.9.9',
    variant: 'cpu',
    tfjsNode: tf.version_core,
    platform: process.platform,
    arch: process.arch,
    ...fields,
  };
  writeFileSync(join(folder, 'versions.json'), JSON.stringify(versions));
  return folder;
}

describe('finding a build of tools/native-tensorflow', () => {
  it('looks in the folders above where it starts', () => {
    const folder = fakeBuild('above');
    const deep = join(scratch, 'above/a/b');
    expect(findNativeBuild({}, [scratch, deep])).toMatchObject({ folder, tensorflow: '9.9.9' });
    expect(findNativeBuild({}, [scratch])).toBeUndefined();
  });

  it('takes the folder that is named, and says when it holds none', () => {
    const folder = fakeBuild('named');
    const environment = { SPECTRALOOM_NATIVE_TENSORFLOW: folder };
    expect(findNativeBuild(environment, [])?.folder).toBe(folder);
    expect(() => findNativeBuild({ SPECTRALOOM_NATIVE_TENSORFLOW: scratch }, [])).toThrow(
      /which holds no build/,
    );
    expect(findNativeBuild({ SPECTRALOOM_NATIVE_TENSORFLOW: '' }, [dirname(folder)])).toBe(
      undefined,
    );
  });

  // Each of these is refused before anything is registered.
  it('refuses a build of another machine or another tfjs, and a broken one', () => {
    const load = (name: string, fields?: object) => () => {
      const folder = fakeBuild(name, fields);
      loadNativeBuild(findNativeBuild({ SPECTRALOOM_NATIVE_TENSORFLOW: folder })!);
    };
    expect(load('sparc', { arch: 'sparc' })).toThrow(/is for \w+ on sparc, not/);
    expect(load('old', { tfjsNode: '3.0.0' })).toThrow(/tfjs-node 3.0.0.*build it again/);
    expect(load('broken')).toThrow(/does not load: Cannot find module '.\/tfjs_binding.node'/);
  });
});

const build = findNativeBuild();
if (!build) console.log('native TensorFlow tests skipped: no build (tools/native-tensorflow)');

describe.skipIf(!build)('a build of tools/native-tensorflow', () => {
  it('computes, forward and backward', async () => {
    const backend = await selectBackend({ require: 'tensorflow' });
    expect(backend.provider).toContain(`TensorFlow ${build!.tensorflow}`);
    const x = tf.ones<tf.Rank.R4>([2, 6, 5, 1]);
    const w = tf.ones<tf.Rank.R4>([3, 3, 1, 2]);
    const dw = tf.grad((k) => tf.sum(tf.conv2d(x, k as tf.Tensor4D, 1, 'valid')))(w);
    expect([...(await dw.data())]).toEqual(Array(18).fill(2 * 4 * 3));
  });
});

describe.skipIf(process.platform !== 'linux')('the build script', () => {
  const run = (path: string, ...args: string[]) =>
    promisify(execFile)(process.execPath, [script, '--out', join(scratch, 'out'), ...args], {
      env: { PATH: path },
    }).catch((error: { stderr: string; stdout: string }) => error);
  /** A folder for PATH with only the named programs, each of which answers and does nothing. */
  const programs = (...names: string[]) => {
    const folder = mkdtempSync(join(scratch, 'bin-'));
    for (const name of names) symlinkSync('/bin/true', join(folder, name));
    return folder;
  };

  it('says that Python is missing', async () => {
    const { stderr } = await run(programs('g++'));
    expect(stderr).toMatch(/there is no python3.*next: install Python 3 with pip/);
  });

  it('says that the compiler is missing', async () => {
    const { stderr } = await run(programs('python3'));
    expect(stderr).toMatch(/no C\+\+ compiler \(g\+\+, c\+\+, clang\+\+\); next: install one/);
  });

  it('says that pip failed, and leaves nothing behind', async () => {
    const folder = programs('g++');
    const pip = `#!/bin/sh\ncase "$*" in *download*) echo "ERROR: Retry: connection refused" >&2; exit 1;; esac\n`;
    writeFileSync(join(folder, 'python3'), pip, { mode: 0o755 });
    const { stderr } = await run(folder);
    expect(stderr).toMatch(/PyPI cannot be reached; got: ERROR: Retry.*PIP_INDEX_URL/);
    expect(() => findNativeBuild({ SPECTRALOOM_NATIVE_TENSORFLOW: join(scratch, 'out') })).toThrow(
      /holds no build/,
    );
  });

  it('does not build over a folder it did not make', async () => {
    const { stderr } = await run('/nowhere', '--out', scratch);
    expect(stderr).toMatch(/exists and was not made by this script/);
  });
});

describe('nvidia-smi', () => {
  it('gives the first card and its memory', () => {
    expect(parseNvidiaSmi('NVIDIA H200, 143771\nNVIDIA H200, 143771\n')).toEqual({
      name: 'NVIDIA H200',
      memoryBytes: 143771 * 1024 ** 2,
    });
    expect(parseNvidiaSmi('No devices were found\n')).toBeUndefined();
  });
});
