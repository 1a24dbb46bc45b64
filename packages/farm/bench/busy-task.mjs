/** A task that computes a fixed number of steps a row. */
const pixels = 96000;

function busy(steps) {
  let x = 0.5;
  for (let i = 0; i < steps; i++) x = 3.7 * x * (1 - x);
  return x;
}

export function createTask({ steps, calibrate }) {
  if (calibrate) {
    for (let i = 0; i < 5; i++) busy(1e7);
    const start = performance.now();
    busy(1e8);
    steps = Math.round((1e8 * calibrate) / (performance.now() - start));
  }
  const image = new Float32Array(pixels);
  return {
    steps,
    shape: [240, 400],
    simulate(row) {
      image.fill(busy(steps) + row.parameters.J);
      return image;
    },
  };
}
