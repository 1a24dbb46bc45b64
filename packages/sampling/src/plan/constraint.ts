import { PlanError } from '../errors.js';

/** A condition on the values of a draw, in the order of the model's parameters. */
export type Constraint = (values: ArrayLike<number>) => boolean;

type Term = (values: ArrayLike<number>) => number;

const functions: Readonly<Record<string, (...args: number[]) => number>> = {
  abs: Math.abs,
  min: Math.min,
  max: Math.max,
  sqrt: Math.sqrt,
};

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/**
 * Compiles a condition such as `J_A < -J_F1` or `0 <= D <= 0.1 * abs(J)`: numbers, parameter names,
 * + - * /, parentheses, abs, min, max, sqrt, and one or more comparisons, all of which must hold.
 * The text is parsed, never evaluated as code. A comparison with NaN does not hold.
 * @param names of the parameters, in the order of the values
 * @throws PlanError PLAN_INVALID naming what was not understood
 */
export function parseConstraint(text: string, names: readonly string[], where: string): Constraint {
  const tokens =
    text.match(
      /\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|[\p{L}_][\p{L}\p{N}_]*|[<>]=?|\S/gu,
    ) ?? [];
  let at = 0;
  const refuse = (expected: string) =>
    new PlanError({
      code: 'PLAN_INVALID',
      what: `The constraint '${text}' is not understood`,
      where,
      got: at < tokens.length ? `'${tokens[at]}'` : 'its end',
      expected,
    });
  const take = (token: string): boolean => {
    if (tokens[at] !== token) return false;
    at++;
    return true;
  };
  const demand = (token: string) => {
    if (!take(token)) throw refuse(`'${token}'`);
  };

  const sum = (depth: number): Term => {
    if (depth > 100) throw refuse('fewer parentheses');
    let left = product(depth);
    for (;;) {
      const [a, operator] = [left, tokens[at]];
      if (operator !== '+' && operator !== '-') return left;
      at++;
      const b = product(depth);
      left = operator === '+' ? (v) => a(v) + b(v) : (v) => a(v) - b(v);
    }
  };
  const product = (depth: number): Term => {
    let left = factor(depth);
    for (;;) {
      const [a, operator] = [left, tokens[at]];
      if (operator !== '*' && operator !== '/') return left;
      at++;
      const b = factor(depth);
      left = operator === '*' ? (v) => a(v) * b(v) : (v) => a(v) / b(v);
    }
  };
  const factor = (depth: number): Term => {
    if (take('-')) {
      const a = factor(depth + 1);
      return (v) => -a(v);
    }
    if (take('(')) {
      const inner = sum(depth + 1);
      demand(')');
      return inner;
    }
    const token = tokens[at] ?? '';
    if (/^[\d.]/.test(token) && Number.isFinite(Number(token))) {
      at++;
      return () => Number(token);
    }
    if (tokens[at + 1] === '(' && Object.hasOwn(functions, token)) {
      at += 2;
      const args = [sum(depth + 1)];
      while (take(',')) args.push(sum(depth + 1));
      demand(')');
      return (v) => functions[token]!(...args.map((arg) => arg(v)));
    }
    const index = names.indexOf(token);
    if (index < 0) throw refuse(`a number, a parenthesis, or one of ${names.join(', ')}`);
    at++;
    return (v) => v[index]!;
  };

  const parts = [sum(0)];
  const holds: ((a: number, b: number) => boolean)[] = [];
  while (at < tokens.length) {
    const comparison = comparisons[tokens[at]!];
    if (!comparison) throw refuse('<, <=, > or >=');
    at++;
    holds.push(comparison);
    parts.push(sum(0));
  }
  if (holds.length === 0) throw refuse('<, <=, > or >=');
  return (values) => {
    const sides = parts.map((part) => part(values));
    return holds.every((hold, i) => hold(sides[i]!, sides[i + 1]!));
  };
}
