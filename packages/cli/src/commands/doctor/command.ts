import { cpus, totalmem } from 'node:os';
import type { CommandModule } from 'yargs';
import { version } from '../../version.js';
import type { ProbeResult } from './probe.js';

/** Largest deviation of a backend that works; single precision gives 1e-6. */
const largestError = 1e-4;

interface DoctorArgs {
  json: boolean;
}

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
    const best = backends.find(works);
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
  const indent = ' '.repeat(13);
  lines.push('', 'backend      state');
  for (const b of backends) {
    if (!b.available) {
      lines.push(`${b.name.padEnd(12)} not here: ${b.why}`, `${indent}to get it: ${b.next}`);
      continue;
    }
    lines.push(
      `${b.name.padEnd(12)} ${verdict(b)}: ${b.device}${memory(b)}`,
      `${indent}by ${b.provider}`,
    );
    if (b.forwardMs !== undefined && b.backwardMs !== undefined) {
      lines.push(
        `${indent}small convolution: forward ${b.forwardMs.toFixed(1)} ms, forward and backward ${b.backwardMs.toFixed(1)} ms, ${b.error === 0 ? 'exact' : `right to ${b.error?.toExponential(0)}`}`,
      );
    }
  }
  lines.push('', best ? `Taken by default: ${best.name}.` : 'No backend works here.');
  if (best?.name === 'wasm') {
    lines.push(`For faster training: ${backends.find((b) => b.name === 'tensorflow')?.next}`);
  }
  return lines.join('\n');
}

const works = (b: ProbeResult) => b.available && (b.error ?? 1) < largestError;

function verdict(b: ProbeResult): string {
  if (works(b)) return 'works';
  return b.why ? `FAILS (${b.why})` : `WRONG RESULT (relative error ${b.error})`;
}

function memory({ memoryBytes }: ProbeResult): string {
  return memoryBytes === undefined ? '' : `, ${(memoryBytes / 2 ** 30).toFixed(1)} GiB`;
}
