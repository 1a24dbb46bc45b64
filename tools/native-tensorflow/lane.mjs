/**
 * The lane of native TensorFlow: builds the one for the CPU into a folder of its own, runs the device
 * suite and the determinism tests on it, and deletes it, so that no other lane sees it. Says
 * `skipped:` and why where PyPI cannot be reached or what the build needs is not there.
 *
 *   node tools/native-tensorflow/lane.mjs [--keep FOLDER]
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const { values } = parseArgs({ options: { keep: { type: 'string' } } });
/** A slow mirror holds the other lanes up for no longer than this. */
const buildMs = 20 * 60_000;
const scratch = values.keep ? undefined : mkdtempSync(join(tmpdir(), 'spectraloom-native-lane-'));
const out = values.keep ? resolve(values.keep) : join(scratch, '.native-tensorflow');

function run(command, args, options = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    child.on('error', () => done(127));
    child.on('close', (code, signal) => done(code ?? (signal === 'SIGTERM' ? undefined : 1)));
  });
}

/** Whether pip gets to an index; the build itself may then fail only for a reason that matters. */
async function reached() {
  const args = ['-m', 'pip', 'download', '--no-deps', '--quiet', '--retries', '3'];
  const folder = mkdtempSync(join(tmpdir(), 'spectraloom-pip-'));
  try {
    const wanted = ['--timeout', '20', '--dest', folder, 'six'];
    return (await run('python3', [...args, ...wanted], { stdio: 'ignore' })) === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main() {
  if ((await run('python3', ['-m', 'pip', '--version'], { stdio: 'ignore' })) !== 0) {
    return skip('no python3 with pip');
  }
  if ((await run('c++', ['--version'], { stdio: 'ignore' })) !== 0) return skip('no C++ compiler');
  if (!existsSync(join(out, 'versions.json'))) {
    if (!(await reached())) return skip('PyPI cannot be reached');
    const words = [join(root, 'tools/native-tensorflow/build.mjs'), '--out', out];
    const build = () => run(process.execPath, words, { timeout: buildMs });
    let built = await build();
    // Exit code 3: a server refused, perhaps once. Undefined: the download took too long.
    if (built === 3) built = await build();
    if (built === 3) return skip('PyPI or npm was lost on the way');
    if (built === undefined) return skip(`not built within ${buildMs / 60_000} minutes`);
    if (built !== 0) return built;
  }
  const tests = ['src/suite/device.test.ts', 'src/backend/determinism.test.ts'];
  const code = await run(
    'npx',
    ['vitest', 'run', ...tests, 'src/backend/native-tensorflow.test.ts'],
    {
      cwd: join(root, 'packages/compute'),
      env: { ...process.env, SPECTRALOOM_NATIVE_TENSORFLOW: out },
    },
  );
  return code ?? 1;
}

function skip(why) {
  console.log(`skipped: native TensorFlow lane (${why})`);
  return 0;
}

try {
  process.exitCode = await main();
} finally {
  if (scratch) rmSync(scratch, { recursive: true, force: true });
}
