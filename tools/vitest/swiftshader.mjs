import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

/**
 * A Vulkan device without a GPU: SwiftShader, which Chromium brings along. Debian's package
 * `chromium` has it in /usr/lib/chromium; other places it is looked for: next to the executable
 * `CHROME_PATH` names, and the folders of `PATH`.
 */
const icdName = 'vk_swiftshader_icd.json';

function icdPath() {
  const folders = [
    '/usr/lib/chromium',
    '/usr/lib/chromium-browser',
    '/opt/google/chrome',
    ...(process.env['CHROME_PATH'] ? [dirname(process.env['CHROME_PATH'])] : []),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  return folders.map((folder) => join(folder, icdName)).find((path) => existsSync(path));
}

/** Path of the Vulkan loader, or undefined; on other systems than Linux it comes with the driver. */
export function vulkanLoader() {
  const folders = ['/usr/lib', '/usr/lib64', '/lib', '/usr/local/lib'];
  const machine = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  return folders
    .flatMap((folder) => [join(folder, machine), folder])
    .filter((folder) => existsSync(folder) && readdirSync(folder).includes('libvulkan.so.1'))
    .map((folder) => join(folder, 'libvulkan.so.1'))[0];
}

function installed(name) {
  const paths = createRequire(import.meta.url).resolve.paths(name) ?? [];
  return paths.some((path) => existsSync(join(path, name, 'package.json')));
}

/**
 * Points this process at SwiftShader, before anything loads Vulkan; returns why it cannot be had.
 * A machine with a GPU keeps it when SPECTRALOOM_WEBGPU_ADAPTER says so.
 */
export function useSwiftShader() {
  for (const name of ['webgpu', '@tensorflow/tfjs-backend-webgpu']) {
    if (!installed(name)) return `the optional package ${name} is not installed`;
  }
  if (process.env['SPECTRALOOM_WEBGPU_ADAPTER']) return undefined;
  const icd = icdPath();
  if (!icd) return `no ${icdName}: install Chromium (Debian: apt-get install chromium)`;
  if (process.platform === 'linux' && !vulkanLoader()) {
    return 'no libvulkan.so.1: install it (Debian: apt-get install libvulkan1)';
  }
  process.env['VK_DRIVER_FILES'] = icd;
  process.env['SPECTRALOOM_WEBGPU_ADAPTER'] = 'SwiftShader';
  return undefined;
}
