import type { Canvas } from './apply.js';

/**
 * Turns the pattern of every tile about its middle: the pixel at (y, x) from the middle gets the
 * value at (y cos a + x sin a, x cos a - y sin a), linear between the four pixels around that point.
 * Where one of those with a weight has no detector or is outside, there is none afterwards.
 */
export function rotateTiles({ image, cols, tile, grid }: Canvas, degrees: number): void {
  const [height, width] = tile;
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const [midY, midX] = [(height - 1) / 2, (width - 1) / 2];
  const before = new Float32Array(height * width);
  for (let t = 0; t < grid[0] * grid[1]; t++) {
    const first = Math.floor(t / grid[1]) * height * cols + (t % grid[1]) * width;
    for (let y = 0; y < height; y++) {
      const row = first + y * cols;
      before.set(image.subarray(row, row + width), y * width);
    }
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [dy, dx] = [y - midY, x - midX];
        const fromY = midY + dy * cos + dx * sin;
        const fromX = midX + dx * cos - dy * sin;
        const [y0, x0] = [Math.floor(fromY), Math.floor(fromX)];
        const [v, u] = [fromY - y0, fromX - x0];
        let sum = 0;
        let whole = true;
        for (let k = 0; k < 4; k++) {
          const weight = (k < 2 ? 1 - v : v) * (k % 2 === 0 ? 1 - u : u);
          if (weight < 1e-9) continue;
          const [sy, sx] = [y0 + (k >> 1), x0 + (k & 1)];
          const inside = sy >= 0 && sy < height && sx >= 0 && sx < width;
          const value = inside ? before[sy * width + sx]! : 0;
          if (value === 0) whole = false;
          sum += weight * value;
        }
        image[first + y * cols + x] = whole ? sum : 0;
      }
    }
  }
}
