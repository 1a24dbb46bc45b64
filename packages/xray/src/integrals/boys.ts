/**
 * Boys function F_m(T) = integral over t from 0 to 1 of t^2m exp(-T t^2).
 *
 * Up to T = 48 the highest order wanted comes from a Taylor series around the nearest point of a
 * table (step 1/16, seven terms: remainder below 1e-15), the lower ones by downward recursion, which
 * is stable; above, from the asymptotic F_0 and upward recursion (exp(-48) is 1e-21).
 */

const step = 16;
const tableEnd = 48;
/** Highest order the table serves; its columns go six further, for the Taylor series. */
export const BOYS_TABLE_ORDER = 5;
const columns = BOYS_TABLE_ORDER + 8;
const expColumn = columns - 1;

/** F_m(T) by the convergent series exp(-T) sum_i (2T)^i / ((2m+1)(2m+3)..(2m+2i+1)). Slow, any m. */
export function boysSeries(m: number, T: number): number {
  let term = 1 / (2 * m + 1);
  let sum = term;
  for (let i = 1; i < 2000; i++) {
    term *= (2 * T) / (2 * m + 2 * i + 1);
    sum += term;
    if (term < sum * 1e-17) break;
  }
  return Math.exp(-T) * sum;
}

function makeTable(): Float64Array {
  const rows = tableEnd * step + 2;
  const table = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const T = i / step;
    const e = Math.exp(-T);
    const at = i * columns;
    const top = expColumn - 1;
    table[at + top] = boysSeries(top, T);
    for (let m = top - 1; m >= 0; m--) {
      table[at + m] = (2 * T * table[at + m + 1]! + e) / (2 * m + 1);
    }
    table[at + expColumn] = e;
  }
  return table;
}

const table = makeTable();
const sixth = 1 / 6;
const third = 1 / 3;

/** F_0(T), T >= 0. */
export function boys0(T: number): number {
  if (T < tableEnd) {
    const i = (T * step + 0.5) | 0;
    const d = i / step - T;
    const at = i * columns;
    return (
      table[at]! +
      d *
        (table[at + 1]! +
          d *
            0.5 *
            (table[at + 2]! +
              d *
                third *
                (table[at + 3]! +
                  d *
                    0.25 *
                    (table[at + 4]! + d * 0.2 * (table[at + 5]! + d * sixth * table[at + 6]!)))))
    );
  }
  return 0.5 * Math.sqrt(Math.PI / T);
}

/**
 * F_0 .. F_order of T >= 0 into `out`.
 * @param order 0 .. BOYS_TABLE_ORDER
 */
export function boys(order: number, T: number, out: Float64Array): void {
  if (T < tableEnd) {
    const i = (T * step + 0.5) | 0;
    const d = i / step - T;
    const at = i * columns + order;
    let f =
      table[at]! +
      d *
        (table[at + 1]! +
          d *
            0.5 *
            (table[at + 2]! +
              d *
                third *
                (table[at + 3]! +
                  d *
                    0.25 *
                    (table[at + 4]! + d * 0.2 * (table[at + 5]! + d * sixth * table[at + 6]!)))));
    out[order] = f;
    if (order > 0) {
      const e =
        table[i * columns + expColumn]! *
        (1 +
          d *
            (1 +
              d *
                0.5 *
                (1 + d * third * (1 + d * 0.25 * (1 + d * 0.2 * (1 + d * sixth * (1 + d / 7)))))));
      const twoT = 2 * T;
      for (let m = order - 1; m >= 0; m--) {
        f = (twoT * f + e) * inverseOdd[m]!;
        out[m] = f;
      }
    }
    return;
  }
  const inverse = 0.5 / T;
  let f = 0.5 * Math.sqrt(Math.PI / T);
  out[0] = f;
  for (let m = 0; m < order; m++) {
    f *= (2 * m + 1) * inverse;
    out[m + 1] = f;
  }
}

const inverseOdd = Float64Array.from({ length: BOYS_TABLE_ORDER + 1 }, (_, m) => 1 / (2 * m + 1));
