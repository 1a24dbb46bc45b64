/** Nodes of a turn; a power of two. */
export const turnNodes = 256;

/** cos(2 pi n / turnNodes). */
export const turnCosine = Float64Array.from({ length: turnNodes }, (_, n) =>
  Math.cos((2 * Math.PI * n) / turnNodes),
);

/** sin(2 pi n / turnNodes). */
export const turnSine = Float64Array.from({ length: turnNodes }, (_, n) =>
  Math.sin((2 * Math.PI * n) / turnNodes),
);
