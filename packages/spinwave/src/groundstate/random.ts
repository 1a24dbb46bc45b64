/** A stream of numbers in [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** `count` directions spread evenly over the sphere, [count, 3]. */
export function randomDirections(count: number, random: () => number): Float64Array {
  const d = new Float64Array(3 * count);
  for (let i = 0; i < count; i++) {
    const z = 2 * random() - 1;
    const phi = 2 * Math.PI * random();
    const r = Math.sqrt(1 - z * z);
    d[3 * i] = r * Math.cos(phi);
    d[3 * i + 1] = r * Math.sin(phi);
    d[3 * i + 2] = z;
  }
  return d;
}
