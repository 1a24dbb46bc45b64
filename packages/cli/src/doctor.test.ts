import { tmpdir } from 'node:os';
import { howToGet } from '@spectraloom/compute';
import { describe, expect, it } from 'vitest';
import { start } from './commandLine.fixture.js';

/** As if there were no native build and no adapter was named. */
const env = { ...process.env, SPECTRALOOM_NATIVE_TENSORFLOW: '', SPECTRALOOM_WEBGPU_ADAPTER: '' };

interface Report {
  machine: Record<string, unknown>;
  backends: {
    name: 'tensorflow' | 'webgpu' | 'wasm';
    available: boolean;
    next?: string;
    why?: string;
    memoryBytes?: number;
    forwardMs?: number;
    backwardMs?: number;
    error?: number;
  }[];
  takes: string | null;
}

describe('spectraloom doctor', () => {
  it('computes on each backend there is, and says how to get the others', async () => {
    const { code, out, err } = await start(tmpdir(), ['doctor', '--json'], env).ended;
    expect(code).toBe(0);
    // Drivers that cannot be used are not for the reader of a table.
    expect(err).not.toMatch(/XDG_RUNTIME_DIR|Vulkan|dawn/i);
    const { backends, takes } = JSON.parse(out) as Report;
    expect(backends.map((b) => b.name)).toEqual(['tensorflow', 'webgpu', 'wasm']);
    expect(takes).toBe(backends.find((b) => b.available)!.name);
    for (const b of backends.filter((each) => !each.available)) {
      expect(b.why).toBeTruthy();
      expect(b.next).toBe(howToGet(b.name));
    }
    const wasm = backends.at(-1)!;
    expect(wasm).toMatchObject({ available: true, memoryBytes: 2 ** 32 });
    expect(wasm.error).toBeLessThan(1e-5);
    expect(wasm.forwardMs).toBeGreaterThan(0);
    expect(wasm.backwardMs).toBeGreaterThan(0);
  });

  it('prints the same as a table', async () => {
    const { code, out } = await start(tmpdir(), ['doctor'], env).ended;
    expect(code).toBe(0);
    expect(out).toMatch(/^wasm +works: .*, 4\.0 GiB$/m);
    expect(out).toMatch(/small convolution: forward [\d.]+ ms, forward and backward [\d.]+ ms, /);
    expect(out).toMatch(/^Taken by default: \w+\.$/m);
  });
});
