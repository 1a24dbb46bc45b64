import { cpus, totalmem } from 'node:os';

/** Model name of the first core and how many there are, such as `AMD EPYC (2 cores)`. */
export function cpuName(): string {
  const cores = cpus();
  const model = (cores[0]?.model ?? '').replace(/\s+/g, ' ').trim() || process.arch;
  return `${model} (${cores.length} ${cores.length === 1 ? 'core' : 'cores'})`;
}

export function mainMemoryBytes(): number {
  return totalmem();
}
