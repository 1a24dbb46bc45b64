/**
 * Sums over all rows: out[j] = factor * sum_i x[i, j]. Chunks of 128 rows are added in single
 * precision and the chunks in double, so a sum over millions of pixels keeps its digits.
 * `scratch` holds `cols` doubles.
 */
const CHUNK: i32 = 128;

export function columnSums(
  x: usize,
  out: usize,
  scratch: usize,
  rows: i32,
  cols: i32,
  factor: f64,
): void {
  memory.fill(scratch, 0, (<usize>cols) << 3);
  const step: usize = (<usize>cols) << 2;
  for (let r = 0; r < rows; r += CHUNK) {
    const n = min(CHUNK, rows - r);
    const base = x + <usize>r * step;
    let j = 0;
    for (; j + 4 <= cols; j += 4) {
      let p = base + ((<usize>j) << 2);
      let s = f32x4.splat(0),
        s2 = f32x4.splat(0);
      let i = 0;
      for (; i + 2 <= n; i += 2) {
        s = f32x4.add(s, v128.load(p));
        s2 = f32x4.add(s2, v128.load(p + step));
        p += step << 1;
      }
      if (i < n) s = f32x4.add(s, v128.load(p));
      s = f32x4.add(s, s2);
      const d = scratch + ((<usize>j) << 3);
      store<f64>(d, load<f64>(d) + <f64>f32x4.extract_lane(s, 0));
      store<f64>(d + 8, load<f64>(d + 8) + <f64>f32x4.extract_lane(s, 1));
      store<f64>(d + 16, load<f64>(d + 16) + <f64>f32x4.extract_lane(s, 2));
      store<f64>(d + 24, load<f64>(d + 24) + <f64>f32x4.extract_lane(s, 3));
    }
    for (; j < cols; j++) {
      let p = base + ((<usize>j) << 2);
      let s: f32 = 0;
      for (let i = 0; i < n; i++) {
        s += load<f32>(p);
        p += step;
      }
      const d = scratch + ((<usize>j) << 3);
      store<f64>(d, load<f64>(d) + <f64>s);
    }
  }
  for (let j = 0; j < cols; j++) {
    store<f32>(out + ((<usize>j) << 2), <f32>(load<f64>(scratch + ((<usize>j) << 3)) * factor));
  }
}
