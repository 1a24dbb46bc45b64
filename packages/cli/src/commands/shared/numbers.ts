import { UsageError } from '../../console/errors.js';

/** Largest number an option takes: beyond it a product of two would leave the range of float32. */
export const LARGEST = 1e12;

interface Rule {
  readonly where: string;
  /** What is meant, in words, for the message. */
  readonly expected: string;
  readonly least?: number;
  /** Excludes `least` itself. */
  readonly above?: boolean;
  readonly most?: number;
}

/** A finite number within a rule, or a UsageError that says what was expected. */
export function numberIn(text: string | number, rule: Rule): number {
  const value =
    typeof text === 'number' ? text : text.trim() === '' ? Number.NaN : Number(text.trim());
  const { least = -LARGEST, most = LARGEST, above = false } = rule;
  if (Number.isFinite(value) && (above ? value > least : value >= least) && value <= most) {
    return value;
  }
  throw new UsageError({
    what: Number.isFinite(value) ? 'a number is out of range' : 'a number could not be read',
    where: rule.where,
    got: `'${text}'`,
    expected: rule.expected,
  });
}

/** Comma-separated numbers, of one of the lengths. */
export function numbersIn(text: string, lengths: readonly number[], rule: Rule): number[] {
  const parts = text.split(',');
  if (!lengths.includes(parts.length)) {
    throw new UsageError({
      what: `${lengths.join(' or ')} numbers were expected, separated by commas`,
      where: rule.where,
      got: `'${text}'`,
      expected: rule.expected,
      next: 'write them without spaces',
    });
  }
  return parts.map((part) => numberIn(part, rule));
}

/** `S:250` or `250`: a chopper package and its frequency in Hz. */
export function parseChopper(text: string): { package?: string; hz: number } {
  const at = text.lastIndexOf(':');
  const hz = numberIn(text.slice(at + 1), {
    where: '--chopper',
    expected: 'PACKAGE:HZ, such as S:250, or the frequency alone (then the first package)',
    least: 0,
    above: true,
    most: 1e5,
  });
  return at > 0 ? { package: text.slice(0, at), hz } : { hz };
}
