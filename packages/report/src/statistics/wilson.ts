/**
 * Wilson score interval of a proportion (E. B. Wilson, J. Am. Stat. Assoc. 22, 209 (1927)):
 * centre (p + z^2/2n) / (1 + z^2/n), half-width z sqrt(p(1-p)/n + z^2/4n^2) / (1 + z^2/n).
 * Unlike p +- z sqrt(p(1-p)/n) it stays inside [0, 1] and is not empty at p = 0 or 1.
 * @param z 1.96 for 95 %
 * @returns `[low, high]`; `[0, 1]` for n = 0
 */
export function wilsonInterval(successes: number, n: number, z = 1.959964): [number, number] {
  if (n === 0) return [0, 1];
  const p = successes / n;
  const norm = 1 + (z * z) / n;
  const centre = (p + (z * z) / (2 * n)) / norm;
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / norm;
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
