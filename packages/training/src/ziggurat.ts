/**
 * Tables of the ziggurat of Marsaglia and Tsang (The Ziggurat Method for Generating Random Variables,
 * Journal of Statistical Software 5 (8), 2000) for f(x) = exp(-x^2 / 2), x >= 0.
 *
 * 256 layers of the same area v lie above one another: layer i >= 1 is the rectangle [0, x_i] x
 * [f(x_i), f(x_(i-1))] with x_255 = r; layer 0 is the rectangle [0, r] x [0, f(r)] and the tail
 * beyond r, drawn as a rectangle of width v / f(r). A point of layer i whose x is below x_(i-1)
 * is below the curve whatever its y.
 *
 * The published program takes layer and x from the same bits, which makes them dependent (Doornik
 * 2005): here the lowest 8 bits name the layer and the other 24 are x, with its sign.
 */
export const layers = 256;

/** Right edge of the lowest rectangle, and the area of a layer, for 256 layers (section 2). */
export const r = 3.6541528853610088;
export const v = 0.00492867323399;

/** x is a 24-bit integer with sign: its absolute value goes up to 2^23. */
const steps = 2 ** 23;

/** Width of layer i divided by 2^23. */
export const width = new Float64Array(layers);
/** Integers below this are inside without a look at the curve. */
export const inside = new Int32Array(layers);
/** Height of the curve at the right edge of layer i, which is the bottom of the layer; of 0: f(0). */
export const height = new Float64Array(layers);

const f = (x: number) => Math.exp(-0.5 * x * x);

width[0] = v / f(r) / steps;
inside[0] = Math.floor((r / (v / f(r))) * steps);
height[0] = 1;
let x = r;
for (let i = layers - 1; i >= 1; i--) {
  width[i] = x / steps;
  height[i] = f(x);
  // f(x_(i-1)) = f(x_i) + v / x_i; the top layer ends at the axis.
  const above = i > 1 ? Math.sqrt(-2 * Math.log(f(x) + v / x)) : 0;
  inside[i] = Math.floor((above / x) * steps);
  x = above;
}

/**
 * Decides a point that is beyond `inside` of its layer: its deviate, or NaN where it lies above the
 * curve and another one must be drawn.
 *
 * @param layer 0 to 255
 * @param k 24-bit integer with sign, the place in the layer
 * @param uniform draws from [0, 1)
 */
export function beyond(layer: number, k: number, uniform: () => number): number {
  if (layer === 0) {
    // The tail, exactly (Marsaglia 1964): r + a with density falling as exp(-(r + a)^2 / 2).
    for (;;) {
      const a = -Math.log(1 - uniform()) / r;
      const b = -Math.log(1 - uniform());
      if (b + b >= a * a) return k < 0 ? -(r + a) : r + a;
    }
  }
  const point = k * width[layer]!;
  const low = height[layer]!;
  return low + uniform() * (height[layer - 1]! - low) < f(point) ? point : Number.NaN;
}
