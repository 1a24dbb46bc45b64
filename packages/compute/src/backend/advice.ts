import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { BackendName } from './types.js';

/**
 * What to do on this machine to get a backend it does not offer: a command where one will do. The
 * same words in the error of `selectBackend({ require })` and in `spectraloom doctor`.
 */
export function howToGet(name: BackendName): string {
  switch (name) {
    case 'tensorflow':
      return nvidiaCard()
        ? 'node tools/native-tensorflow/build.mjs --gpu (an NVIDIA card is here; needs python3 with pip, a C++ compiler, 5 GB of disk)'
        : 'node tools/native-tensorflow/build.mjs (for the CPU: no NVIDIA card is here; needs python3 with pip, a C++ compiler, 0.9 GB of disk, about a minute)';
    case 'webgpu':
      return missingForWebGpu();
    case 'wasm':
      return 'use Node 20.19 or newer and run npm start once more';
  }
}

function missingForWebGpu(): string {
  const missing = ['webgpu', '@tensorflow/tfjs-backend-webgpu'].filter((name) => !installed(name));
  if (missing.length > 0) return `npm install ${missing.join(' ')}`;
  if (process.platform !== 'linux') return 'install the current driver of the graphics card';
  if (!graphicsCard()) {
    return 'nothing to install: this machine shows no graphics card (/dev/dri, /dev/nvidia0, /dev/dxg)';
  }
  return loaderThere()
    ? 'install the Vulkan driver of the graphics card (Debian: mesa-vulkan-drivers, or nvidia-driver)'
    : 'apt-get install libvulkan1 and the Vulkan driver of the graphics card (mesa-vulkan-drivers, or nvidia-driver)';
}

function nvidiaCard(): boolean {
  return existsSync('/dev/nvidia0') || existsSync('/proc/driver/nvidia/version');
}

function graphicsCard(): boolean {
  return nvidiaCard() || existsSync('/dev/dri') || existsSync('/dev/dxg');
}

function loaderThere(): boolean {
  return ['/usr/lib', '/usr/lib64', '/lib', '/usr/local/lib']
    .flatMap((folder) => [folder, `${folder}/x86_64-linux-gnu`, `${folder}/aarch64-linux-gnu`])
    .some((folder) => existsSync(folder) && readdirSync(folder).includes('libvulkan.so.1'));
}

function installed(name: string): boolean {
  const paths = createRequire(import.meta.url).resolve.paths(name) ?? [];
  return paths.some((path) => existsSync(`${path}/${name}/package.json`));
}
