import { tmpdir } from 'node:os';
import { importOptional } from '../backend/optional-import.js';
import { probeAdapter } from './probe.js';
import type { Gpu, GpuAdapter, GpuAdapterInfo } from './types.js';

/** Which adapter to take; from the environment, because it belongs to the machine. */
export interface AdapterChoice {
  /** Part of its name as the driver gives it; case matters (`RTX 4090`). */
  name?: string;
  powerPreference: 'high-performance' | 'low-power';
}

/** `SPECTRALOOM_WEBGPU_ADAPTER` (part of a name) and `SPECTRALOOM_WEBGPU_POWER` (`low`, `high`). */
export function adapterChoice(environment: NodeJS.ProcessEnv = process.env): AdapterChoice {
  const power = environment['SPECTRALOOM_WEBGPU_POWER'];
  if (power !== undefined && power !== 'low' && power !== 'high') {
    throw new Error(`SPECTRALOOM_WEBGPU_POWER is ${power}; expected low or high`);
  }
  const name = environment['SPECTRALOOM_WEBGPU_ADAPTER'];
  return {
    ...(name ? { name } : {}),
    powerPreference: power === 'low' ? 'low-power' : 'high-performance',
  };
}

/**
 * Finds an adapter and puts `navigator.gpu` in place, made by the package `webgpu` where the
 * platform brings none. An adapter that computes on the CPU is taken only when it is asked for by
 * name: the wasm backend is faster than any of them.
 *
 * Throws with the reason, one line, when there is none.
 */
export async function findAdapter(choice: AdapterChoice): Promise<GpuAdapter> {
  // Named by the user, or found before: the drivers may say what they like.
  if (!choice.name && instances.size === 0 && !ownGpu()) {
    const probe = await probeAdapter(choice.powerPreference);
    if (probe) refuse(probe.found, choice);
  }
  const gpu = await navigatorGpu(choice);
  const adapter = await gpu
    .requestAdapter({ powerPreference: choice.powerPreference })
    .catch((error: Error) => noSuchAdapter(choice, error));
  refuse(adapter?.info ?? null, choice);
  return adapter!;
}

/** Throws when there is no adapter, or only one that is not worth having. */
function refuse(info: GpuAdapterInfo | null, choice: AdapterChoice): void {
  if (!info) throw new Error('no adapter: no Vulkan, Metal or D3D12 device was found');
  if (info.isFallbackAdapter && !choice.name) {
    throw new Error(
      `the only adapter, ${adapterName(info)}, computes on the CPU and is slower than wasm ` +
        '(to have it all the same, set SPECTRALOOM_WEBGPU_ADAPTER to a part of its name)',
    );
  }
}

/** The name a driver gives the device, or what there is of it. */
export function adapterName(info: GpuAdapterInfo): string {
  const { vendor, architecture, device, description } = info;
  const family = [vendor, architecture].filter(Boolean).join(' ');
  return [device || family || 'GPU', description && `(${description})`].filter(Boolean).join(' ');
}

/** Dawn lists the adapters it has when none fits; the names are what the user needs. */
function noSuchAdapter({ name }: AdapterChoice, error: Error): never {
  const names = [...error.message.matchAll(/name: '([^']*)'/g)].map((match) => match[1]);
  throw new Error(
    name
      ? `no adapter whose name contains ${name}; there ${names.length === 1 ? 'is' : 'are'}: ${names.join(', ') || 'none'}`
      : `no adapter: ${error.message.split('\n')[0]}`,
    { cause: error },
  );
}

/** Dawn's own instance, kept: one that is collected takes its devices along. */
const instances = new Map<string, Gpu>();

/** `navigator.gpu` of the platform itself, where it has one. */
function ownGpu(): boolean {
  return (globalThis as { navigator?: { gpu?: Gpu } }).navigator?.gpu !== undefined;
}

async function navigatorGpu({ name }: AdapterChoice): Promise<Gpu> {
  const scope = globalThis as { navigator?: { gpu?: Gpu } };
  const mine = [...instances.values()];
  if (scope.navigator?.gpu && !mine.includes(scope.navigator.gpu)) return scope.navigator.gpu;
  const key = name ?? '';
  let gpu = instances.get(key);
  if (!gpu) {
    // Mesa's drivers complain on standard error where this is not set; nothing is put there.
    process.env['XDG_RUNTIME_DIR'] ??= tmpdir();
    const module = await importOptional('webgpu');
    const create = module['create'] as (options: string[]) => Gpu;
    Object.assign(globalThis, module['globals']);
    gpu = create(name ? [`adapter=${name}`] : []);
    instances.set(key, gpu);
  }
  if (!scope.navigator)
    Object.defineProperty(scope, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(scope.navigator, 'gpu', { value: gpu, configurable: true });
  return gpu;
}
