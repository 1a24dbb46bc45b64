import { UMAP } from 'umap-js';
import { ExplainError } from '../errors.js';
import type { Codes } from './codes.js';

export interface EmbeddingOptions {
  seed?: number;
  /** Neighbours that a point holds on to; 15 if not given, fewer where there are fewer points. */
  neighbours?: number;
  minimalDistance?: number;
}

/**
 * A map of codes in the plane by UMAP (McInnes, Healy and Melville 2018): near stays near; distances
 * between groups and the axes mean nothing. Each code is scaled to variance 1 first. The same codes
 * and seed give the same map. Returns [count, 2]. Throws `CODES` with fewer than four points, or
 * for codes that are not `count` times `width` finite numbers.
 */
export function embedding(codes: Codes, options: EmbeddingOptions = {}): Float32Array {
  const { seed = 0, neighbours = 15, minimalDistance = 0.1 } = options;
  const { values, count, width } = codes;
  if (count < 4) {
    throw new ExplainError({
      code: 'CODES',
      what: 'there are too few codes for a map',
      where: 'embedding',
      got: String(count),
      expected: 'at least 4',
    });
  }
  const bad = values.findIndex((v) => !Number.isFinite(v));
  if (values.length !== count * width || width === 0 || bad >= 0) {
    throw new ExplainError({
      code: 'CODES',
      what: bad >= 0 ? 'a code holds a value that is no number' : 'the codes have another size',
      where: 'embedding',
      got:
        bad >= 0 ? `${values[bad]} in code ${Math.floor(bad / width)}` : `${values.length} numbers`,
      expected: `${count} codes of ${Math.max(1, width)} finite numbers`,
    });
  }
  const scaled = Array.from({ length: count }, () => new Array<number>(width));
  for (let c = 0; c < width; c++) {
    let mean = 0;
    for (let i = 0; i < count; i++) mean += values[i * width + c]! / count;
    let variance = 0;
    for (let i = 0; i < count; i++) variance += (values[i * width + c]! - mean) ** 2 / count;
    const sd = Math.sqrt(variance) || 1;
    for (let i = 0; i < count; i++) scaled[i]![c] = (values[i * width + c]! - mean) / sd;
  }
  const umap = new UMAP({
    nComponents: 2,
    nNeighbors: Math.min(neighbours, count - 1),
    minDist: minimalDistance,
    random: mulberry(seed),
  });
  return Float32Array.from(umap.fit(scaled).flat());
}

/** Uniform on [0, 1), from a seed (mulberry32): the library takes a plain function. */
function mulberry(seed: number): () => number {
  let state = (seed ^ 0x5bd1e995) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
