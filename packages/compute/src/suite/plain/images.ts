import { type Plain, plain } from './array.js';

type Pair = readonly [number, number];
export type Padding = 'valid' | 'same';

/** Output extent and the padding before the first pixel, as TensorFlow counts them. */
function extent(size: number, kernel: number, stride: number, padding: Padding): Pair {
  if (padding === 'valid') return [Math.floor((size - kernel) / stride) + 1, 0];
  const out = Math.ceil(size / stride);
  return [out, Math.max(0, Math.floor(((out - 1) * stride + kernel - size) / 2))];
}

interface Geometry {
  out: Pair;
  /** Calls back with every pair of an output pixel and an input pixel under the kernel. */
  each(
    f: (outY: number, outX: number, inY: number, inX: number, ky: number, kx: number) => void,
  ): void;
}

function geometry(input: Pair, kernel: Pair, stride: Pair, padding: Padding): Geometry {
  const [h, top] = extent(input[0], kernel[0], stride[0], padding);
  const [w, left] = extent(input[1], kernel[1], stride[1], padding);
  return {
    out: [h, w],
    each(f) {
      for (let y = 0; y < h; y++)
        for (let x = 0; x < w; x++)
          for (let ky = 0; ky < kernel[0]; ky++)
            for (let kx = 0; kx < kernel[1]; kx++) {
              const inY = y * stride[0] - top + ky;
              const inX = x * stride[1] - left + kx;
              if (inY < 0 || inX < 0 || inY >= input[0] || inX >= input[1]) continue;
              f(y, x, inY, inX, ky, kx);
            }
    },
  };
}

/** x [n, h, w, c], kernel [kh, kw, c, k], bias [k] -> [n, h', w', k]. */
export function conv2d(x: Plain, w: Plain, b: Plain, stride: number, padding: Padding): Plain {
  const [n, h, wd, c] = x.shape as [number, number, number, number];
  const [kh, kw, , k] = w.shape as [number, number, number, number];
  const g = geometry([h, wd], [kh, kw], [stride, stride], padding);
  const [oh, ow] = g.out;
  const out = plain([n, oh, ow, k]);
  for (let i = 0; i < out.data.length; i++) out.data[i] = b.data[i % k]!;
  for (let i = 0; i < n; i++)
    g.each((y, xx, inY, inX, ky, kx) => {
      for (let a = 0; a < c; a++) {
        const value = x.data[((i * h + inY) * wd + inX) * c + a]!;
        for (let o = 0; o < k; o++)
          out.data[((i * oh + y) * ow + xx) * k + o]! +=
            value * w.data[((ky * kw + kx) * c + a) * k + o]!;
      }
    });
  return out;
}

/** The transpose of `conv2d` in its input: x [n, h, w, c], kernel [kh, kw, k, c] -> [n, h', w', k]. */
export function conv2dTranspose(
  x: Plain,
  w: Plain,
  b: Plain,
  stride: number,
  padding: Padding,
): Plain {
  const [n, h, wd, c] = x.shape as [number, number, number, number];
  const [kh, kw, k] = w.shape as [number, number, number, number];
  const size = (from: number, kernel: number) =>
    padding === 'same' ? from * stride : (from - 1) * stride + kernel;
  const [oh, ow] = [size(h, kh), size(wd, kw)];
  const g = geometry([oh, ow], [kh, kw], [stride, stride], padding);
  const out = plain([n, oh, ow, k]);
  for (let i = 0; i < out.data.length; i++) out.data[i] = b.data[i % k]!;
  for (let i = 0; i < n; i++)
    g.each((y, xx, inY, inX, ky, kx) => {
      for (let o = 0; o < k; o++)
        for (let a = 0; a < c; a++)
          out.data[((i * oh + inY) * ow + inX) * k + o]! +=
            x.data[((i * h + y) * wd + xx) * c + a]! * w.data[((ky * kw + kx) * k + o) * c + a]!;
    });
  return out;
}

/** Pooling by the largest value or by the mean of the pixels that exist. */
export function pool2d(
  x: Plain,
  kind: 'max' | 'mean',
  size: Pair,
  stride: Pair,
  padding: Padding,
): Plain {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const g = geometry([h, w], size, stride, padding);
  const [oh, ow] = g.out;
  const out = plain([n, oh, ow, c]);
  const counts = new Float64Array(out.data.length);
  if (kind === 'max') out.data.fill(Number.NEGATIVE_INFINITY);
  for (let i = 0; i < n; i++)
    g.each((y, xx, inY, inX) => {
      for (let a = 0; a < c; a++) {
        const to = ((i * oh + y) * ow + xx) * c + a;
        const value = x.data[((i * h + inY) * w + inX) * c + a]!;
        if (kind === 'max') out.data[to] = Math.max(out.data[to]!, value);
        else {
          out.data[to]! += value;
          counts[to]! += 1;
        }
      }
    });
  if (kind === 'mean') out.data.forEach((value, i) => (out.data[i] = value / counts[i]!));
  return out;
}

/** [n, h, w, c] -> [n, h', w', c], bilinear between pixel corners or half-pixel centres. */
export function resizeBilinear(x: Plain, [oh, ow]: Pair, halfPixelCenters: boolean): Plain {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const out = plain([n, oh, ow, c]);
  const place = (i: number, from: number, to: number) => {
    const at = halfPixelCenters ? ((i + 0.5) * from) / to - 0.5 : (i * from) / to;
    const low = Math.max(0, Math.floor(at));
    return { low, high: Math.min(from - 1, Math.ceil(Math.max(at, 0))), t: Math.max(at, 0) - low };
  };
  for (let i = 0; i < n; i++)
    for (let y = 0; y < oh; y++)
      for (let xx = 0; xx < ow; xx++)
        for (let a = 0; a < c; a++) {
          const v = place(y, h, oh);
          const u = place(xx, w, ow);
          const at = (r: number, q: number) => x.data[((i * h + r) * w + q) * c + a]!;
          const top = at(v.low, u.low) * (1 - u.t) + at(v.low, u.high) * u.t;
          const bottom = at(v.high, u.low) * (1 - u.t) + at(v.high, u.high) * u.t;
          out.data[((i * oh + y) * ow + xx) * c + a] = top * (1 - v.t) + bottom * v.t;
        }
  return out;
}
