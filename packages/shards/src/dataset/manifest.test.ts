import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShardsError } from '../errors.js';
import { makeManifest, readManifest, writeManifest } from './manifest.js';
import { folderPerTest, writeSynthetic } from './synthetic.fixture.js';

let folder = '';
folderPerTest((path) => (folder = path));

describe('the manifest', () => {
  it('notices any change of the manifest', () => {
    const text = (writeSynthetic(folder), readFileSync(join(folder, 'manifest.json'), 'utf8'));
    const original = readManifest(folder);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...'0127abf"{}:,x'), (at, c) => {
        writeFileSync(join(folder, 'manifest.json'), text.slice(0, at) + c + text.slice(at + 1));
        try {
          // White space may change; anything else must be noticed.
          expect(readManifest(folder)).toEqual(original);
        } catch (error) {
          expect((error as ShardsError).code).toBe('MANIFEST_INVALID');
        }
      }),
      { numRuns: 300 },
    );
  });

  it('refuses a manifest whose shards do not cover the rows, though its hash is right', () => {
    const manifest = writeSynthetic(folder);
    expect(() => makeManifest(manifest, manifest.shards.slice(1))).toThrow(/3 shards.*4/);
    const small = manifest.shards.map(({ tail: _, ...s }) => ({ ...s, bytes: 100 }));
    expect(() => makeManifest(manifest, small)).toThrow(/100 bytes.*at least 2400 bytes/);
    const twice = [...manifest.shards.slice(0, 3), manifest.shards[0]!];
    expect(() => makeManifest(manifest, twice)).toThrow(ShardsError);
  });

  it('says nothing of time and place', () => {
    const manifest = writeSynthetic(folder);
    writeManifest(folder, manifest);
    const text = readFileSync(join(folder, 'manifest.json'), 'utf8');
    expect(text).not.toMatch(/host|pid|time|startedAt|finishedAt|seconds/);
  });
});
