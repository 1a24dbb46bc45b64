import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { pathToFileURL } from 'node:url';
import type { GpuAdapterInfo } from './types.js';

const script = `
const { create } = await import(process.argv[1]);
const adapter = await create([]).requestAdapter({ powerPreference: process.argv[2] });
const info = adapter?.info;
const { vendor, architecture, device, description, isFallbackAdapter } = info ?? {};
const found = info ? { vendor, architecture, device, description, isFallbackAdapter } : null;
console.log(JSON.stringify({ found }));
process.exit(0);
`;

/**
 * Looks for an adapter in a process of its own, where the drivers may write to standard error as
 * they like (Dawn tells of each one that it cannot use) and may crash. Returns what it found;
 * undefined when the package `webgpu` is missing or this look fails for another reason than that
 * there is no adapter: then the search in this process says why.
 */
export async function probeAdapter(
  powerPreference: string,
): Promise<{ found: GpuAdapterInfo | null } | undefined> {
  let url: string;
  try {
    url = pathToFileURL(createRequire(import.meta.url).resolve('webgpu')).href;
  } catch {
    return undefined;
  }
  const args = ['--input-type=module', '-e', script, url, powerPreference];
  const env = { ...process.env, XDG_RUNTIME_DIR: process.env['XDG_RUNTIME_DIR'] ?? tmpdir() };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env, timeout: 60_000 }, (_error, stdout) => {
      const line = stdout.split('\n').find((text) => text.startsWith('{"found"'));
      resolve(line ? (JSON.parse(line) as { found: GpuAdapterInfo | null }) : undefined);
    });
  });
}
