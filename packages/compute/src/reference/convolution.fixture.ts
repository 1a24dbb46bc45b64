/** Plain float64 loops over the definition: what the kernels are tested against. NHWC. */
export interface Conv {
  batch: number;
  inH: number;
  inW: number;
  inC: number;
  kH: number;
  kW: number;
  outC: number;
  stride: [number, number];
  pad: 'valid' | 'same';
}

export function geometry(c: Conv) {
  const along = (size: number, k: number, s: number) => {
    if (c.pad === 'valid') return { out: Math.floor((size - k) / s) + 1, before: 0 };
    const out = Math.ceil(size / s);
    const total = Math.max(0, (out - 1) * s + k - size);
    return { out, before: Math.floor(total / 2) };
  };
  const y = along(c.inH, c.kH, c.stride[0]);
  const x = along(c.inW, c.kW, c.stride[1]);
  return { outH: y.out, outW: x.out, top: y.before, left: x.before };
}

/** Calls `visit` with the flat indices of every product x * w that adds to an output. */
function eachTerm(c: Conv, visit: (x: number, w: number, y: number) => void): void {
  const { outH, outW, top, left } = geometry(c);
  for (let n = 0; n < c.batch; n++)
    for (let oy = 0; oy < outH; oy++)
      for (let ox = 0; ox < outW; ox++)
        for (let ky = 0; ky < c.kH; ky++)
          for (let kx = 0; kx < c.kW; kx++) {
            const iy = oy * c.stride[0] + ky - top;
            const ix = ox * c.stride[1] + kx - left;
            if (iy < 0 || iy >= c.inH || ix < 0 || ix >= c.inW) continue;
            for (let ci = 0; ci < c.inC; ci++)
              for (let co = 0; co < c.outC; co++)
                visit(
                  ((n * c.inH + iy) * c.inW + ix) * c.inC + ci,
                  ((ky * c.kW + kx) * c.inC + ci) * c.outC + co,
                  ((n * outH + oy) * outW + ox) * c.outC + co,
                );
          }
}

export function forward(c: Conv, x: ArrayLike<number>, w: ArrayLike<number>): Float64Array {
  const { outH, outW } = geometry(c);
  const y = new Float64Array(c.batch * outH * outW * c.outC);
  eachTerm(c, (i, k, o) => (y[o]! += x[i]! * w[k]!));
  return y;
}

export function filterGradient(c: Conv, x: ArrayLike<number>, g: ArrayLike<number>): Float64Array {
  const dw = new Float64Array(c.kH * c.kW * c.inC * c.outC);
  eachTerm(c, (i, k, o) => (dw[k]! += x[i]! * g[o]!));
  return dw;
}

export function inputGradient(c: Conv, w: ArrayLike<number>, g: ArrayLike<number>): Float64Array {
  const dx = new Float64Array(c.batch * c.inH * c.inW * c.inC);
  eachTerm(c, (i, k, o) => (dx[i]! += w[k]! * g[o]!));
  return dx;
}
