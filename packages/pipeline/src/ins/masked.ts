/** Zero where a simulated image has no detector, so that the network sees the mask it was trained with. */
export function masked(image: Float32Array, mask: Uint8Array): Float32Array {
  return image.map((v, i) => (mask[i] === 1 ? 0 : v));
}
