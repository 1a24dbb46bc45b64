/** Gets the wheels from PyPI by pip and the packages from npm, into `<work>/fetched`. */
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BuildError, isNetwork, run, tail } from './machine.mjs';

/** A wheel's C++ library does not depend on the Python it was built for: any version will do. */
const pythonVersion = '3.12';

/**
 * Downloads TensorFlow's wheel and, for the GPU, the CUDA wheels its metadata name; unpacks the
 * libraries into `<work>/lib` (laid out as in site-packages) and the headers into
 * `<work>/include`.
 */
export async function fetchWheels({ work, wanted, machine }) {
  const folder = join(work, 'fetched');
  mkdirSync(folder, { recursive: true });
  const name = wanted.variant === 'cpu' && process.arch === 'x64' ? 'tensorflow-cpu' : 'tensorflow';
  await pipDownload(machine, folder, [`${name}==${wanted.tensorflow}`]);
  const wheel = join(
    folder,
    readdirSync(folder).find((file) => file.endsWith('.whl')),
  );
  const listed = JSON.parse(await python(machine, unpackTensorflow, [wheel, work]));
  if (wanted.variant === 'gpu') {
    if (listed.cuda.length === 0) {
      throw new BuildError({
        what: 'this TensorFlow wheel names no CUDA libraries',
        got: wheel.split('/').pop(),
        next: 'take another version with --version, or build without --gpu',
      });
    }
    await pipDownload(machine, folder, listed.cuda);
    await python(machine, unpackCuda, [folder, join(work, 'lib')]);
  }
  const files = readdirSync(folder).filter((file) => file.endsWith('.whl'));
  const wheels = {};
  for (const file of files.sort()) wheels[file] = await sha256(join(folder, file));
  return { wheels, said: `${name} ${wanted.tensorflow}` };
}

async function pipDownload({ python: command }, folder, requirements) {
  const options = ['--no-deps', '--only-binary=:all:', '--python-version', pythonVersion];
  const quiet = ['--disable-pip-version-check', '--no-input', '-q', '--retries', '5'];
  await run(
    command,
    ['-m', 'pip', 'download', ...quiet, ...options, '-d', folder, ...requirements],
    {
      timeout: 3_600_000,
    },
  ).catch((error) => {
    const unreachable = isNetwork(error);
    throw new BuildError({
      unreachable,
      what: unreachable ? 'PyPI cannot be reached' : 'pip does not find the wheel',
      where: `pip download ${requirements.join(' ')}`,
      got: tail(error),
      next: unreachable
        ? 'check the network, or set a mirror (PIP_INDEX_URL)'
        : 'take a version PyPI has for this machine with --version',
    });
  });
}

/** Downloads and unpacks the sources of the binding and the Node-API headers. */
export async function fetchNpm({ work, wanted }) {
  const folder = join(work, 'fetched');
  const get = async (name, version) => {
    const into = join(folder, name.split('/').pop());
    mkdirSync(into, { recursive: true });
    const args = ['pack', `${name}@${version}`, '--silent', '--ignore-scripts'];
    const file = await run('npm', [...args, '--pack-destination', folder]).catch((error) => {
      throw new BuildError({
        unreachable: isNetwork(error),
        what: `npm does not give ${name} ${version}`,
        where: 'npm pack',
        got: tail(error),
        next: 'check the network and the registry (npm config get registry)',
      });
    });
    await run('tar', ['xzf', join(folder, file.trim().split('\n').pop()), '-C', into]);
    return join(into, 'package');
  };
  const tfjsNode = await get('@tensorflow/tfjs-node', wanted.tfjsNode);
  const headers = await get('node-api-headers', wanted.nodeApiHeaders);
  return { tfjsNode, headers, said: `@tensorflow/tfjs-node ${wanted.tfjsNode}` };
}

async function python({ python: command }, script, args) {
  return run(command, ['-c', script, ...args]).catch((error) => {
    throw new BuildError({ what: 'a wheel cannot be unpacked', got: tail(error) });
  });
}

const unpackTensorflow = `
import json, os, re, sys, zipfile
wheel, work = sys.argv[1:]
cuda = []
with zipfile.ZipFile(wheel) as z:
    for name in z.namelist():
        top, _, rest = name.partition('/')
        if re.fullmatch(r'libtensorflow_(cc|framework)\\.so\\.2', rest) and top == 'tensorflow':
            z.extract(name, os.path.join(work, 'lib'))
        elif re.fullmatch(r'include/(tensorflow|tsl|xla)/.*\\.h', rest):
            z.extract(name, work)
        elif top.endswith('.dist-info') and re.search(r'(LICENSE|NOTICE)[^/]*$', rest):
            z.extract(name, os.path.join(work, 'lib'))
        elif top.endswith('.dist-info') and rest == 'METADATA':
            for line in z.read(name).decode().splitlines():
                found = re.match(r'Requires-Dist: (nvidia-\\S+).*extra == .and-cuda', line)
                if found: cuda.append(found.group(1).rstrip(';'))
os.rename(os.path.join(work, 'tensorflow', 'include'), os.path.join(work, 'include'))
os.rmdir(os.path.join(work, 'tensorflow'))
print(json.dumps({'cuda': cuda}))
`;

const unpackCuda = `
import glob, os, re, sys, zipfile
folder, lib = sys.argv[1:]
for wheel in glob.glob(os.path.join(folder, 'nvidia_*.whl')):
    with zipfile.ZipFile(wheel) as z:
        for name in z.namelist():
            if re.search(r'/lib/|/nvvm/|/bin/|LICENSE|License', name):
                z.extract(name, lib)
                if '/bin/' in name: os.chmod(os.path.join(lib, name), 0o755)
`;

async function sha256(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
