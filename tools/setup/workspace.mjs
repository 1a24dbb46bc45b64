/** Install, build, run and test the workspace: what `npm start`, `npm test` and `.ci/run` share. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const stampFile = join(root, 'node_modules', '.spectraloom-install');
const quiet = { NX_NO_CLOUD: 'true', NX_TUI: 'false' };

/** sha256 over the lock file and every package.json: changes when an install is needed. */
function installKey() {
  const hash = createHash('sha256');
  const files = ['package.json', 'package-lock.json'];
  for (const group of ['packages', 'pipelines']) {
    for (const name of readdirSync(join(root, group)).sort()) {
      const file = join(group, name, 'package.json');
      if (existsSync(join(root, file))) files.push(file);
    }
  }
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/** Runs a command; resolves when it exits 0, else throws with its exit code. */
export function sh(command, args, options = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...quiet, ...options.env },
      shell: process.platform === 'win32',
    });
    // Ctrl-C reaches the child by itself (same terminal); stay alive to report how it ended.
    const onInt = () => undefined;
    const onTerm = () => child.kill('SIGTERM');
    process.on('SIGINT', onInt);
    process.on('SIGTERM', onTerm);
    child.on('error', fail);
    child.on('exit', (code, signal) => {
      process.off('SIGINT', onInt);
      process.off('SIGTERM', onTerm);
      if (code === 0) done();
      else if (options.passExit) process.exit(code ?? (signal === 'SIGINT' ? 130 : 143));
      else
        fail(
          new Error(`${command} ${args.join(' ')}: ended with ${signal ?? `exit code ${code}`}`),
        );
    });
  });
}

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** `npm ci` when node_modules is missing or older than the lock file; a few milliseconds otherwise. */
export async function install() {
  const key = installKey();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === key) return;
  const since = Date.now();
  console.log('Installing what is missing (npm ci) ...');
  const words = ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--fetch-retries=5'];
  try {
    await sh('npm', words);
  } catch (error) {
    // A registry that refused once; npm ci starts from nothing.
    console.log(`${error.message}; once more ...`);
    await sh('npm', words);
  }
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, installKey());
  console.log(`Installed in ${seconds(since)}.`);
}

/** Path of a tool's own JavaScript file: run with this Node, no shell, no npx. */
const nx = join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');

export async function nxRun(args) {
  await sh(process.execPath, [nx, ...args]);
}

export async function build() {
  const since = Date.now();
  console.log('Building ...');
  await nxRun(['run-many', '-t', 'build', '--outputStyle=static']);
  console.log(`Built in ${seconds(since)}.`);
}

export async function run(args) {
  const cli = join(root, 'packages', 'cli', 'bin', 'spectraloom.mjs');
  await sh(process.execPath, [cli, ...args], {
    passExit: true,
    env: { SPECTRALOOM_WATCH_PARENT: '1' },
  });
}

/** Passed, failed and skipped tests of every project, from the files vitest left (or Nx restored). */
function countTests() {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const name of readdirSync(join(root, 'packages'))) {
    const file = join(root, 'packages', name, 'test-results', 'vitest.json');
    if (!existsSync(file)) continue;
    const result = JSON.parse(readFileSync(file, 'utf8'));
    sum.passed += result.numPassedTests;
    sum.failed += result.numFailedTests;
    sum.skipped += result.numPendingTests + result.numTodoTests;
  }
  return sum;
}

export async function test(args) {
  const at = args.indexOf('--lane');
  if (at >= 0) process.env.SPECTRALOOM_LANE = args[at + 1] ?? '';
  const rest = at >= 0 ? args.filter((_, i) => i !== at && i !== at + 1) : args;
  for (const name of readdirSync(join(root, 'packages'))) {
    rmSync(join(root, 'packages', name, 'test-results'), { recursive: true, force: true });
  }
  const since = Date.now();
  let failure;
  try {
    await nxRun(['run-many', '-t', 'test', '--parallel=2', '--outputStyle=static', ...rest]);
  } catch (error) {
    failure = error;
  }
  const { passed, failed, skipped } = countTests();
  console.log(`\nTests took ${seconds(since)}.`);
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  if (failure) throw failure;
}
