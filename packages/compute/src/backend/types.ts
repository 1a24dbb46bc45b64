/** Backends in the order they are tried. */
export const backendNames = ['tensorflow', 'webgpu', 'wasm'] as const;
export type BackendName = (typeof backendNames)[number];

/** A backend that was tried, or left out, before the one that was taken. */
export interface PassedOver {
  name: string;
  why: string;
}

/** What `selectBackend` took. */
export interface Backend {
  name: BackendName;
  /** The npm package that provides it, with its version. */
  provider: string;
  /** The device's name, as far as the backend knows it. */
  device: string;
  /** Memory the backend can use, in bytes, where it is known. */
  memoryBytes?: number;
  /** Threads a single operation runs on, where it is known. */
  threads?: number;
  /** Kernels of this package registered on top of the backend's own. */
  kernels: string[];
  passedOver: PassedOver[];
}

export interface SelectBackendOptions {
  /** Tried first; the others follow in their usual order. */
  prefer?: BackendName;
  /** The only one that will do: anything else is an error. */
  require?: BackendName;
}

/** One way to a backend: makes it the active one, or throws with the reason why it cannot. */
export interface Candidate {
  name: BackendName;
  activate(): Promise<Omit<Backend, 'passedOver'>>;
}
