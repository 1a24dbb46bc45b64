/** Address of the float number `floats` after p. */
function at(p: usize, floats: i32): usize {
  return p + ((<usize>floats) << 2);
}

/**
 * Gradient of max pooling: each output's gradient goes to the first (row by row) of the largest
 * inputs of its window. Channels last; x, y and their gradients share the channel count.
 */

export function maxPoolGradient(
  x: usize,
  y: usize,
  g: usize,
  dx: usize,
  batch: i32,
  inH: i32,
  inW: i32,
  channels: i32,
  outH: i32,
  outW: i32,
  kH: i32,
  kW: i32,
  strideH: i32,
  strideW: i32,
  padTop: i32,
  padLeft: i32,
): void {
  memory.fill(dx, 0, (<usize>(batch * inH) * <usize>(inW * channels)) << 2);
  for (let n = 0; n < batch; n++) {
    for (let oy = 0; oy < outH; oy++) {
      const y0 = oy * strideH - padTop;
      const yFrom = max(y0, 0),
        yTo = min(y0 + kH, inH);
      for (let ox = 0; ox < outW; ox++) {
        const x0 = ox * strideW - padLeft;
        const xFrom = max(x0, 0),
          xTo = min(x0 + kW, inW);
        const out = ((n * outH + oy) * outW + ox) * channels;
        let c = 0;
        for (; c + 4 <= channels; c += 4) {
          const best = v128.load(at(y, out + c)),
            grad = v128.load(at(g, out + c));
          let open = i32x4.splat(-1);
          for (let iy = yFrom; iy < yTo; iy++) {
            for (let ix = xFrom; ix < xTo; ix++) {
              const p = ((n * inH + iy) * inW + ix) * channels + c;
              const hit = v128.and(f32x4.eq(v128.load(at(x, p)), best), open);
              open = v128.andnot(open, hit);
              v128.store(at(dx, p), f32x4.add(v128.load(at(dx, p)), v128.and(hit, grad)));
            }
          }
        }
        for (; c < channels; c++) {
          const best = load<f32>(at(y, out + c)),
            grad = load<f32>(at(g, out + c));
          let open = true;
          for (let iy = yFrom; iy < yTo && open; iy++) {
            for (let ix = xFrom; ix < xTo && open; ix++) {
              const p = ((n * inH + iy) * inW + ix) * channels + c;
              if (load<f32>(at(x, p)) == best) {
                store<f32>(at(dx, p), load<f32>(at(dx, p)) + grad);
                open = false;
              }
            }
          }
        }
      }
    }
  }
}

/**
 * Gradient of average pooling: each output's gradient, divided by the pixels of its window that lie
 * inside the image, is added to those pixels.
 */
export function avgPoolGradient(
  g: usize,
  dx: usize,
  batch: i32,
  inH: i32,
  inW: i32,
  channels: i32,
  outH: i32,
  outW: i32,
  kH: i32,
  kW: i32,
  strideH: i32,
  strideW: i32,
  padTop: i32,
  padLeft: i32,
): void {
  memory.fill(dx, 0, (<usize>(batch * inH) * <usize>(inW * channels)) << 2);
  for (let n = 0; n < batch; n++) {
    for (let oy = 0; oy < outH; oy++) {
      const y0 = oy * strideH - padTop;
      const yFrom = max(y0, 0),
        yTo = min(y0 + kH, inH);
      for (let ox = 0; ox < outW; ox++) {
        const x0 = ox * strideW - padLeft;
        const xFrom = max(x0, 0),
          xTo = min(x0 + kW, inW);
        const out = ((n * outH + oy) * outW + ox) * channels;
        const share: f32 = <f32>1 / <f32>((yTo - yFrom) * (xTo - xFrom));
        for (let iy = yFrom; iy < yTo; iy++) {
          for (let ix = xFrom; ix < xTo; ix++) {
            const p = ((n * inH + iy) * inW + ix) * channels;
            let c = 0;
            for (; c + 4 <= channels; c += 4) {
              const add = f32x4.mul(v128.load(at(g, out + c)), f32x4.splat(share));
              v128.store(at(dx, p + c), f32x4.add(v128.load(at(dx, p + c)), add));
            }
            for (; c < channels; c++) {
              store<f32>(
                at(dx, p + c),
                load<f32>(at(dx, p + c)) + load<f32>(at(g, out + c)) * share,
              );
            }
          }
        }
      }
    }
  }
}
