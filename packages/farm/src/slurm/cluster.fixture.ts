import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const tool = fileURLToPath(
  new URL('../../../../tools/slurm-test-cluster/main.mjs', import.meta.url),
);

/** A private Slurm cluster of this test run. */
export interface TestCluster {
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs one of Slurm's programs. */
  slurm(program: string, ...args: string[]): string;
  /** Ends the controller; a new one on its saved state starts after so many milliseconds. */
  restartController(downMs: number): Promise<void>;
  /** Ends the controller, and returns when it has gone. */
  stopController(): Promise<void>;
  /** Starts a controller on the saved state, and returns when it answers. */
  startController(): Promise<void>;
  stop(): void;
}

/** Starts one; where Slurm cannot be had, the reason in place of it. */
export function startTestCluster(...options: string[]): TestCluster | string {
  const started = spawnSync(
    process.execPath,
    [tool, 'start', '--json', '--owner', String(process.pid), ...options],
    { encoding: 'utf8' },
  );
  if (started.status === 3) return started.stderr.trim();
  if (started.status !== 0) throw new Error(`slurm-test-cluster: ${started.stderr}`);
  const { dir, env: own } = JSON.parse(started.stdout) as { dir: string; env: NodeJS.ProcessEnv };
  const env = { ...process.env, ...own };
  const call = (command: string, ...more: string[]) =>
    new Promise<void>((resolve, reject) => {
      execFile(process.execPath, [tool, command, '--dir', dir, ...more], (error) =>
        error ? reject(error) : resolve(),
      );
    });
  return {
    dir,
    env,
    slurm: (program, ...args) => execFileSync(program, args, { env, encoding: 'utf8' }),
    restartController: (downMs) => call('restart-controller', '--down-ms', String(downMs)),
    stopController: () => call('stop-controller'),
    startController: () => call('start-controller'),
    stop: () => void execFileSync(process.execPath, [tool, 'stop', '--dir', dir]),
  };
}
