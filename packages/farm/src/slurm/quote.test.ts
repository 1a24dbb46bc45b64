import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FarmError } from '../errors.js';
import { bashWord, patternFolder, sbatchValue } from './quote.js';

describe('bashWord', () => {
  test('bash reads back any text', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((s) => !s.includes('\0'));
    const awkward = fc.constantFrom(
      "it's",
      '$HOME',
      '`id`',
      'a b',
      '',
      '!x',
      '"',
      '\\',
      '*',
      '~',
      '\n',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(text, awkward), { minLength: 1, maxLength: 6 }), (words) => {
        const out = execFileSync('bash', ['-c', `printf '%s\\0' ${words.map(bashWord).join(' ')}`]);
        expect(out.toString().split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 60 },
    );
  });
  test('leaves plain words alone', () => {
    expect(bashWord('/usr/bin/node')).toBe('/usr/bin/node');
  });
  test('refuses NUL', () => {
    expect(() => bashWord('a\0b')).toThrow(FarmError);
  });
});

test('sbatchValue escapes only what sbatch treats as special', () => {
  expect(sbatchValue('main')).toBe('main');
  expect(sbatchValue(`it's "a" $HOME #1`)).toBe(`"it's \\"a\\" $HOME #1"`);
  expect(() => sbatchValue('a\nb')).toThrow(/line break/);
});

test('patternFolder keeps % literal and refuses a backslash', () => {
  expect(patternFolder('/a/%j')).toBe('/a/%%j');
  expect(() => patternFolder('/a\\b')).toThrow(expect.objectContaining({ code: 'SLURM_PATH' }));
});
