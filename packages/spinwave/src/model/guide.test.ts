import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { checkModel } from './check.js';

const guide = readFileSync(
  new URL('../../../../docs/guides/model-files.md', import.meta.url),
  'utf8',
);
const models = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map((m) => m[1]!);

it('the guide has whole models', () => expect(models.length).toBeGreaterThanOrEqual(3));

it.each(models.map((text) => [text.split('\n')[0]!, text]))(
  '%s of the guide is sound',
  (_, text) => {
    expect(checkModel(text).problems).toEqual([]);
  },
);
