import { closeness } from './allclose.js';
import type { Plain } from './plain/array.js';

type Scalar = (inputs: Plain[]) => number;

/**
 * Gradient of f in every element of the chosen inputs by central differences in double precision,
 * error about h^2 = 1e-10.
 */
export function gradientByDifferences(
  f: Scalar,
  inputs: Plain[],
  chosen: boolean[],
): Float64Array[] {
  const h = 1e-5;
  return eachElement(inputs, chosen, (set) => (f(set(h)) - f(set(-h))) / (2 * h));
}

/**
 * H v, the Hessian of f times the directions v, in every element of the chosen inputs: the
 * derivative along v of the derivative along the element, from two step sizes (Richardson), error
 * about h^4. Undefined where the two disagree: a relu or a maximum switches within the steps.
 */
export function hessianByDifferences(
  f: Scalar,
  inputs: Plain[],
  directions: Plain[],
  chosen: boolean[],
): Float64Array[] | undefined {
  const coarse = secondDifferences(4e-4);
  const fine = secondDifferences(2e-4);
  if (coarse.some((values, k) => closeness(values, fine[k]!).worst > 1e-4)) return undefined;
  return fine.map((values, k) => values.map((value, i) => (4 * value - coarse[k]![i]!) / 3));

  function secondDifferences(h: number): Float64Array[] {
    const moved = (step: number) =>
      inputs.map((x, k) => (chosen[k] ? along(x, directions[k]!, step) : x));
    const [up, down] = [gradientAt(moved(h), h), gradientAt(moved(-h), h)];
    return up.map((values, k) => values.map((value, i) => (value - down[k]![i]!) / (2 * h)));
  }

  function gradientAt(at: Plain[], h: number): Float64Array[] {
    return eachElement(at, chosen, (set) => (f(set(h)) - f(set(-h))) / (2 * h));
  }
}

function along(x: Plain, direction: Plain, step: number): Plain {
  return { shape: x.shape, data: x.data.map((value, i) => value + step * direction.data[i]!) };
}

/** Runs `f` for every element, with a function that gives the inputs with that element moved. */
function eachElement(
  inputs: Plain[],
  chosen: boolean[],
  f: (set: (step: number) => Plain[]) => number,
): Float64Array[] {
  const at = inputs.map((x) => ({ shape: x.shape, data: x.data.slice() }));
  return at.flatMap((x, k) => {
    if (!chosen[k]) return [];
    const out = new Float64Array(x.data.length);
    for (let i = 0; i < out.length; i++) {
      const value = inputs[k]!.data[i]!;
      out[i] = f((step) => {
        x.data[i] = value + step;
        return at;
      });
      x.data[i] = value;
    }
    return [out];
  });
}
