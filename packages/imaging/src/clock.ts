const clock = globalThis as { performance?: { now(): number } };

/** Milliseconds since some start; in Node and browsers of full resolution. */
export function nowMs(): number {
  return clock.performance ? clock.performance.now() : Date.now();
}
