/** Functions between layers; all smooth but `relu`, since gradients with respect to inputs are used. */
export const activationNames = ['tanh', 'softplus', 'silu', 'relu'] as const;
export type ActivationName = (typeof activationNames)[number];

/** What stands behind a layer: an activation, or nothing. */
export type LayerActivation = ActivationName | 'linear';

/** Applies it to `z` and writes the values to `y` and the derivatives to `d`. */
export function activate(
  name: LayerActivation,
  z: Float64Array,
  y: Float64Array,
  d: Float64Array,
  count: number,
): void {
  switch (name) {
    case 'linear':
      y.set(count === z.length ? z : z.subarray(0, count));
      d.fill(1, 0, count);
      return;
    case 'tanh':
      for (let i = 0; i < count; i++) {
        const t = Math.tanh(z[i]);
        y[i] = t;
        d[i] = 1 - t * t;
      }
      return;
    case 'softplus':
      for (let i = 0; i < count; i++) {
        const x = z[i];
        const e = Math.exp(-Math.abs(x));
        y[i] = Math.max(x, 0) + Math.log1p(e);
        d[i] = x >= 0 ? 1 / (1 + e) : e / (1 + e);
      }
      return;
    case 'silu':
      for (let i = 0; i < count; i++) {
        const s = 1 / (1 + Math.exp(-z[i]));
        y[i] = z[i] * s;
        d[i] = s * (1 + z[i] * (1 - s));
      }
      return;
    case 'relu':
      for (let i = 0; i < count; i++) {
        y[i] = z[i] > 0 ? z[i] : 0;
        d[i] = z[i] > 0 ? 1 : 0;
      }
  }
}
