/**
 * y[i, c] = x[i, c] * factor[c] + shift[c]: a batch norm once its constants are known. y may be x.
 */
export function scaleChannels(
  x: usize,
  factor: usize,
  shift: usize,
  y: usize,
  rows: i32,
  channels: i32,
): void {
  for (let i = 0; i < rows; i++) {
    let c = 0;
    for (; c + 4 <= channels; c += 4) {
      const o = (<usize>c) << 2;
      v128.store(
        y + o,
        f32x4.add(f32x4.mul(v128.load(x + o), v128.load(factor + o)), v128.load(shift + o)),
      );
    }
    for (; c < channels; c++) {
      const o = (<usize>c) << 2;
      store<f32>(y + o, load<f32>(x + o) * load<f32>(factor + o) + load<f32>(shift + o));
    }
    x += (<usize>channels) << 2;
    y += (<usize>channels) << 2;
  }
}
