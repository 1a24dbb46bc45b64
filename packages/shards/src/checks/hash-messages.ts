/** What the hashing thread is told, in the order of the file's bytes. */
export type HashMessage =
  /** `state`: pieces hashed (counted up, waiters woken), then 32 bytes of digest. */
  | { readonly kind: 'start'; readonly state: Int32Array }
  | { readonly kind: 'piece'; readonly piece: Uint8Array }
  | { readonly kind: 'digest' };
