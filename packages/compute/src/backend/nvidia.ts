import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface NvidiaGpu {
  name: string;
  memoryBytes: number;
}

/** The first NVIDIA card by `nvidia-smi`, or undefined where that is missing or says nothing. */
export async function nvidiaGpu(): Promise<NvidiaGpu | undefined> {
  const query = ['--query-gpu=name,memory.total', '--format=csv,noheader,nounits'];
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: 10_000 });
    return parseNvidiaSmi(stdout);
  } catch {
    return undefined;
  }
}

/** `NAME, MEBIBYTES`, one line a card. */
export function parseNvidiaSmi(text: string): NvidiaGpu | undefined {
  const match = /^(.+),\s*(\d+)\s*$/m.exec(text);
  return match ? { name: match[1]!.trim(), memoryBytes: Number(match[2]) * 1024 ** 2 } : undefined;
}
