/** What the build needs of the machine, checked before anything is fetched. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

/** An error of the build, with the shape of the packages' errors. */
export class BuildError extends Error {
  constructor({
    what,
    where = 'native-tensorflow',
    got,
    expected,
    next,
    cause,
    unreachable = false,
  }) {
    const parts = [`${where}: ${what}`];
    if (got !== undefined) parts.push(`got: ${got}`);
    if (expected !== undefined) parts.push(`expected: ${expected}`);
    if (next !== undefined) parts.push(`next: ${next}`);
    super(parts.join('; '), { cause });
    this.code = 'NATIVE_TENSORFLOW';
    /** A server could not be reached: the same call may work later. */
    this.unreachable = unreachable;
    Object.assign(this, { what, where, got, expected, next });
  }
}

/** Runs a program; its output on success, else an error whose `stderr` holds what it said. */
export async function run(command, args, options = {}) {
  const { stdout } = await execFileAsync(command, args, { maxBuffer: 2 ** 26, ...options });
  return stdout;
}

/** Words of pip and npm for a server that does not answer, or not as it should. */
const network =
  /connection|Retry|resolve|timed out|ETIMEDOUT|ECONN|ENOTFOUND|EAI_AGAIN|network|SSL|Proxy|\b50[0234]\b/i;

export const isNetwork = (error) =>
  Boolean(error.killed) || network.test(`${error.stderr ?? ''} ${error.message}`);

/** The last non-empty lines of what a program said. */
export function tail(error, lines = 3) {
  const text = `${error.stderr ?? ''}`.trim() || error.message;
  return text.split('\n').filter(Boolean).slice(-lines).join(' | ');
}

export async function checkMachine() {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    throw new BuildError({
      what: 'this script knows Linux on x64 and arm64 only',
      got: `${process.platform} on ${process.arch}`,
      next: 'npm install @tensorflow/tfjs-node, or use the webgpu backend, which needs no build',
    });
  }
  const python = await first(['python3', 'python'], ['--version'], {
    what: 'there is no python3, which fetches and unpacks the wheels',
    next: 'install Python 3 with pip (Debian: apt-get install python3-pip)',
  });
  await run(python.command, ['-m', 'pip', '--version']).catch((error) => {
    throw new BuildError({
      what: 'python3 has no pip, which fetches the wheels',
      got: tail(error, 1),
      next: 'install it (Debian: apt-get install python3-pip), or python3 -m ensurepip',
    });
  });
  const compilers = process.env.CXX ? [process.env.CXX] : ['g++', 'c++', 'clang++'];
  const compiler = await first(compilers, ['--version'], {
    what: `there is no C++ compiler (${compilers.join(', ')})`,
    next: 'install one (Debian: apt-get install g++), or name it in CXX',
  });
  return {
    python: python.command,
    compiler: compiler.command,
    compilerVersion: compiler.version,
    said: `${python.version}, ${compiler.version}`,
  };
}

async function first(commands, args, missing) {
  for (const command of commands) {
    try {
      const version = (await run(command, args)).split('\n')[0];
      return { command, version };
    } catch {
      // the next one
    }
  }
  throw new BuildError(missing);
}
