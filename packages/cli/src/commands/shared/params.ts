import { UsageError } from '../../console/errors.js';

/** "J_A=1.4" given any number of times, to a record. Names are checked by the model. */
export function parseParams(items: readonly string[] | undefined): Record<string, number> {
  const result: Record<string, number> = {};
  for (const item of items ?? []) {
    const at = item.indexOf('=');
    const name = item.slice(0, at).trim();
    const text = item.slice(at + 1).trim();
    const value = text === '' ? Number.NaN : Number(text);
    if (at < 1 || name === '' || !Number.isFinite(value)) {
      throw new UsageError({
        what: 'a parameter could not be read',
        where: '--param',
        got: `'${item}'`,
        expected: 'NAME=VALUE with a finite number',
        next: 'for example --param J_A=1.5',
      });
    }
    if (name in result) {
      throw new UsageError({
        what: `parameter '${name}' is given twice`,
        where: '--param',
        got: item,
      });
    }
    result[name] = value;
  }
  return result;
}
