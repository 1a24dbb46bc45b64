import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const tool = fileURLToPath(new URL('../../../tools/slurm-test-cluster/main.mjs', import.meta.url));

/** A private Slurm cluster of this test run. */
export interface CliCluster {
  /** Environment in which Slurm's programs find it. */
  readonly env: NodeJS.ProcessEnv;
  slurm(program: string, ...args: string[]): string;
  stop(): void;
}

/** Starts one; where Slurm cannot be had, the reason in place of it. */
export function startCluster(): CliCluster | string {
  const args = [tool, 'start', '--json', '--owner', String(process.pid), '--cpus', '4'];
  const started = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (started.status === 3) return started.stderr.trim();
  if (started.status !== 0) throw new Error(`slurm-test-cluster: ${started.stderr}`);
  const { dir, env: own } = JSON.parse(started.stdout) as { dir: string; env: NodeJS.ProcessEnv };
  const env = { ...process.env, ...own };
  return {
    env,
    slurm: (program, ...words) => execFileSync(program, words, { env, encoding: 'utf8' }),
    stop: () => void execFileSync(process.execPath, [tool, 'stop', '--dir', dir]),
  };
}
