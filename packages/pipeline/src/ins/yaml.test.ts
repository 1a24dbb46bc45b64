import { describe, expect, test } from 'vitest';
import { plainYaml } from './yaml.js';

const read = (text: string) => plainYaml({ path: 'p.yaml', text });

describe('plainYaml', () => {
  test('expands aliases', () => {
    expect(read('a: &x { b: 1 }\nc: *x\nd: [*x, *x]')).toEqual({
      a: { b: 1 },
      c: { b: 1 },
      d: [{ b: 1 }, { b: 1 }],
    });
  });

  test.each([
    ['a mapping in itself', 'a: &x { b: *x }', /a\.b holds itself/],
    ['a list in itself', 'a: &x [1, [2, *x]]', /a\.1\.1 holds itself/],
    [
      'a bomb of aliases',
      `a: &a [x, x]\n${'bcdefgh'
        .split('')
        .map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefg'[i]}`).join(', ')}]`)
        .join('\n')}`,
      /alias/i,
    ],
    ['an alias to nothing', 'a: *nowhere', /alias|anchor/i],
    ['a broken line', 'a: [1', /./],
  ])('refuses %s with the file', (_, text, got) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({
        code: 'PIPELINE_INVALID',
        where: 'p.yaml',
        got: expect.stringMatching(got) as string,
      }) as Error,
    );
  });
});
