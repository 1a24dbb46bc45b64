/**
 * The part of WebGPU this package touches. The package `webgpu` is optional and brings its types
 * with it, so that they cannot be imported here.
 */
export interface GpuAdapterInfo {
  vendor?: string;
  architecture?: string;
  device?: string;
  description?: string;
  /** True for an adapter that computes on the CPU (SwiftShader, llvmpipe). */
  isFallbackAdapter?: boolean;
}

export interface GpuLimits {
  maxBufferSize: number;
  maxStorageBufferBindingSize: number;
  [name: string]: number;
}

export interface GpuBuffer {
  readonly size: number;
  readonly usage: number;
  destroy(): void;
}

export interface GpuLostInfo {
  reason: string;
  message: string;
}

export interface GpuDevice {
  readonly limits: GpuLimits;
  readonly lost: Promise<GpuLostInfo>;
  createBuffer(descriptor: { size: number; usage: number; mappedAtCreation: boolean }): GpuBuffer;
  addEventListener(
    type: 'uncapturederror',
    listener: (event: { error: { message: string }; preventDefault?(): void }) => void,
  ): void;
  destroy(): void;
}

export interface GpuAdapter {
  readonly info: GpuAdapterInfo;
  readonly limits: GpuLimits;
  readonly features: ReadonlySet<string>;
  requestDevice(descriptor: object): Promise<GpuDevice>;
}

export interface Gpu {
  requestAdapter(options?: { powerPreference?: string }): Promise<GpuAdapter | null>;
}
