import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectBackend } from '@spectraloom/compute';
import { buildNetwork, readWeights } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { predict } from '../evaluate.js';
import { preprocessing, smallNetwork } from '../fit/blobs.fixture.js';
import { Random } from '../random.js';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js';

let folder = '';
let path = '';
let bytes: Buffer;
const content = { preprocessing, seed: 3, epoch: 5, metrics: { accuracy: 0.9 }, keys: { a: 'b' } };

beforeAll(async () => {
  await selectBackend({ require: 'wasm' });
  folder = await mkdtemp(join(tmpdir(), 'spectraloom-checkpoint-'));
  path = join(folder, 'deep', 'best.safetensors');
  const network = smallNetwork(9);
  await saveCheckpoint(path, network, { ...content, temperature: 1.5 });
  network.dispose();
  bytes = await readFile(path);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function damaged(
  change: (copy: Buffer) => Buffer | void,
  of: Buffer = bytes,
): Promise<string> {
  const copy = Buffer.from(of);
  const target = join(folder, 'damaged.safetensors');
  await writeFile(target, change(copy) ?? copy);
  return target;
}

/** The file again with its header text changed, the length field adapted. */
function withHeader(change: (text: string) => string, of?: Buffer): Promise<string> {
  return damaged((copy) => {
    const length = Number(copy.readBigUInt64LE(0));
    const text = Buffer.from(change(copy.subarray(8, 8 + length).toString('utf8')));
    const field = Buffer.alloc(8);
    field.writeBigUInt64LE(BigInt(text.length));
    return Buffer.concat([field, text, copy.subarray(8 + length)]);
  }, of);
}

describe('a checkpoint', () => {
  it('gives back network, weights, preprocessing and temperature', async () => {
    const original = smallNetwork(9);
    const { network, ...rest } = await loadCheckpoint(path, { network: 'cnn-gap-small' });
    expect(await readWeights(network)).toEqual(await readWeights(original));
    expect(rest.preprocessing).toEqual(preprocessing);
    expect(rest.classes).toEqual(['upper', 'lower']);
    expect(rest.temperature).toBe(1.5);
    expect(rest.header.keys).toEqual({ a: 'b' });
    const random = new Random(1);
    const image = Float32Array.from({ length: 24 * 40 }, () => 9 * random.uniform());
    const { logits } = await predict({ network: original, preprocessing }, image);
    expect((await predict({ network, preprocessing }, image)).logits).toEqual(logits);
    original.dispose();
    network.dispose();
  });

  it('is the same bytes when written again, and leaves no other files', async () => {
    const network = smallNetwork(9);
    await saveCheckpoint(path, network, { ...content, temperature: 1.5 });
    network.dispose();
    expect(await readFile(path)).toEqual(bytes);
    expect(await readdir(join(folder, 'deep'))).toEqual(['best.safetensors']);
  });
});

describe('a checkpoint that cannot be used', () => {
  it('is missing', async () => {
    const attempt = loadCheckpoint(join(folder, 'none.safetensors'));
    await expect(attempt).rejects.toMatchObject({ code: 'CHECKPOINT_MISSING', got: 'ENOENT' });
  });

  it('is of another network', async () => {
    await expect(loadCheckpoint(path, { network: 'cnn-dense' })).rejects.toThrow(
      /another network; got: cnn-gap-small; expected: cnn-dense/,
    );
  });

  it.each([0, 5, 8, 60, 400])('is cut off after %i bytes', async (length) => {
    const cut = await damaged((copy) => copy.subarray(0, length));
    await expect(loadCheckpoint(cut)).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' });
  });

  it('is cut off in the numbers, or has bytes added', async () => {
    const cut = await damaged((copy) => copy.subarray(0, copy.length - 3));
    await expect(loadCheckpoint(cut)).rejects.toThrow(/cut off/);
    const longer = await damaged((copy) => Buffer.concat([copy, Buffer.alloc(4)]));
    await expect(loadCheckpoint(longer)).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' });
  });

  it('has one bit of a weight flipped', async () => {
    const flipped = await damaged((copy) => void (copy[copy.length - 10]! ^= 1));
    await expect(loadCheckpoint(flipped)).rejects.toThrow(
      /numbers are not those that were written/,
    );
  });

  it('claims a size that is not there, before anything is allocated', async () => {
    const huge = await withHeader((text) =>
      text.replace('"shape":[3,3,4,4]', '"shape":[3,3,999999,99999]'),
    );
    await expect(loadCheckpoint(huge)).rejects.toThrow(/another size than its shape/);
    const wide = await withHeader((text) => text.replace('[12,20,1]', '[4096,4096,16]'));
    await expect(loadCheckpoint(wide)).rejects.toThrow(/do not make a cnn-gap-small/);
  });

  it('has a header that is no header', async () => {
    const broken = await withHeader((text) => text.replace('{', '['));
    await expect(loadCheckpoint(broken)).rejects.toThrow(/not JSON/);
    const foreign = await withHeader((text) => text.replace('"spectraloom":', '"other":'));
    await expect(loadCheckpoint(foreign)).rejects.toThrow(/no checkpoint of Spectraloom/);
    const newer = await withHeader((text) =>
      text.replace('spectraloom-checkpoint/1', 'spectraloom-checkpoint/9'),
    );
    await expect(loadCheckpoint(newer)).rejects.toThrow(/got: spectraloom-checkpoint\/9/);
    const unknown = await withHeader((text) => text.replaceAll('cnn-gap-small', 'cnn-gap-other'));
    await expect(loadCheckpoint(unknown)).rejects.toThrow(
      /damaged\.safetensors: .*no network of this name; got: cnn-gap-other; .*next: /,
    );
    const options = await withHeader((text) => text.replace('\\"seed\\":9', '\\"seed\\":-9'));
    await expect(loadCheckpoint(options)).rejects.toMatchObject({
      code: 'CHECKPOINT_OTHER_NETWORK',
      where: expect.stringMatching(/damaged/) as string,
    });
  });

  it('has one digit of the preprocessing, a class or the temperature changed', async () => {
    const text = bytes.toString('latin1');
    const changes: [string, string][] = [
      ['upper', 'uqper'],
      ['\\"temperature\\":1.5', '\\"temperature\\":1.7'],
      ['\\"epoch\\":5', '\\"epoch\\":6'],
    ];
    for (const [from, to] of changes) {
      expect(text, from).toContain(from);
      const changed = await withHeader((header) => header.replace(from, to));
      await expect(loadCheckpoint(changed), to).rejects.toThrow(
        /description of the network is not the one that was written/,
      );
    }
    // Files of before there was such a sum are still read.
    const older = await withHeader((header) =>
      header.replace(/,"spectraloomSha256":"[0-9a-f]{64}"/, ''),
    );
    (await loadCheckpoint(older)).network.dispose();
  });

  it('has weights that are no numbers, though they are those that were written', async () => {
    const network = smallNetwork(9);
    const values = (await readWeights(network)).map((v) => v.slice());
    values[1]![2] = Number.NaN;
    const target = join(folder, 'nan.safetensors');
    await saveCheckpoint(target, network, { ...content, values });
    network.dispose();
    await expect(loadCheckpoint(target)).rejects.toThrow(
      /weight .+\/\w+ holds values that are not numbers; got: NaN at 2 of \d+/,
    );
  });

  it('has a preprocessing that does not make what the network takes', async () => {
    const network = smallNetwork(9);
    const target = join(folder, 'other.safetensors');
    const others: [object, RegExp][] = [
      [
        { ...preprocessing, steps: [] },
        /not make what the network takes; got: 24 x 40 x 1; expected: 12 x 20 x 1/,
      ],
      [
        { ...preprocessing, steps: [{ step: 'downsample', rows: 5, cols: 2 }] },
        /blocks of 5 x 2 do not divide/,
      ],
    ];
    for (const [other, message] of others) {
      await saveCheckpoint(target, network, { ...content, preprocessing: other as never });
      await expect(loadCheckpoint(target)).rejects.toThrow(message);
    }
    network.dispose();
  });

  it('is a folder, not a file', async () => {
    const attempt = loadCheckpoint(join(folder, 'deep'));
    await expect(attempt).rejects.toMatchObject({ code: 'CHECKPOINT_MISSING', got: 'a folder' });
  });

  it('was made before its network had one of its options', async () => {
    const compact = buildNetwork('compact', {
      ...{ inputShape: [12, 12, 1], classes: ['a', 'b'], seed: 1 },
      ...{ grid: [2, 2], filters: [3, 4, 5], pool: 'max-blur' },
    });
    const whole = join(folder, 'compact.safetensors');
    await saveCheckpoint(whole, compact, {
      ...content,
      preprocessing: { imageShape: [12, 12], steps: [] },
    });
    compact.dispose();
    const { header, network } = await loadCheckpoint(whole);
    network.dispose();
    expect(header.network.options).toMatchObject({ pool: 'max-blur' });
    // Such files are older than the hash of the description.
    const without = (text: string) =>
      text
        .replace(/,\\"pool\\":\\"max-blur\\"/, '')
        .replace(/,"spectraloomSha256":"[0-9a-f]{64}"/, '');
    const old = await withHeader(without, await readFile(whole));
    await expect(loadCheckpoint(old)).rejects.toThrow(/not complete.*no option pool/);
  });

  it('never leaves tensors behind', async () => {
    const before = tf.memory().numTensors;
    const flipped = await damaged((copy) => void (copy[copy.length - 10]! ^= 1));
    await loadCheckpoint(flipped).catch(() => undefined);
    const { network } = await loadCheckpoint(path);
    network.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
