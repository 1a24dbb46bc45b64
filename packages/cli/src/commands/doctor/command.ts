import { cpus, totalmem } from 'node:os';
import type { CommandModule } from 'yargs';
import { version } from '../../version.js';
import type { ProbeResult } from './probe.js';

interface DoctorArgs {
  json: boolean;
}

const advice: Record<string, string> = {
  tensorflow:
    'npm install @tensorflow/tfjs-node-gpu (NVIDIA) or @tensorflow/tfjs-node; both download a library from the internet',
  webgpu: 'npm install webgpu @tensorflow/tfjs-backend-webgpu (any Vulkan, Metal or D3D12 GPU)',
  wasm: 'comes with the install: run npm start once more',
};

/** `spectraloom doctor`: what this machine offers, and what is missing for more. */
export const doctorCommand: CommandModule<object, DoctorArgs> = {
  command: 'doctor',
  describe: 'Show the tensor backends of this machine, test each, and say how to get a better one',
  builder: (y) =>
    y
      .option('json', { describe: 'as JSON', type: 'boolean', default: false })
      .example('$0 doctor', 'a table')
      .example('$0 doctor --json', 'for scripts'),
  handler: async (args) => {
    const { probeBackends } = await import('./probe.js');
    const backends = await probeBackends();
    const machine = {
      spectraloom: version,
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
      cores: cpus().length,
      memoryGiB: Number((totalmem() / 2 ** 30).toFixed(1)),
    };
    const best = backends.find((b) => b.available && (b.error ?? 1) < 1e-3);
    if (args.json) {
      process.stdout.write(`${JSON.stringify({ machine, backends, takes: best?.name ?? null })}\n`);
    } else {
      process.stdout.write(`${text(machine, backends, best)}\n`);
    }
    if (!best) process.exitCode = 1;
  },
};

function text(
  machine: Record<string, string | number>,
  backends: readonly ProbeResult[],
  best: ProbeResult | undefined,
): string {
  const lines = Object.entries(machine).map(([key, value]) => `${key.padEnd(12)} ${value}`);
  lines.push('', 'backend      state');
  for (const b of backends) {
    if (!b.available) {
      lines.push(
        `${b.name.padEnd(12)} missing: ${b.why}`,
        `${' '.repeat(13)}to get it: ${advice[b.name]}`,
      );
      continue;
    }
    const right = (b.error ?? 1) < 1e-3;
    lines.push(
      `${b.name.padEnd(12)} ${right ? 'works' : `WRONG RESULT (relative error ${b.error})`}: ${b.device}`,
      `${' '.repeat(13)}small convolution: forward ${b.forwardMs?.toFixed(1)} ms, gradient ${b.backwardMs?.toFixed(1)} ms`,
    );
  }
  lines.push('', best ? `Taken by default: ${best.name}.` : 'No backend works here.');
  return lines.join('\n');
}
