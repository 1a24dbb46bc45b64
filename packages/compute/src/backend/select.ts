import '../gradients.js';
import { BackendUnavailable } from '../errors.js';
import { howToGet } from './advice.js';
import { firstLine } from './optional-import.js';
import { tensorflowCandidate } from './tensorflow.js';
import {
  type Backend,
  type BackendName,
  backendNames,
  type Candidate,
  type PassedOver,
  type SelectBackendOptions,
} from './types.js';
import { wasmCandidate } from './wasm.js';
import { webgpuCandidate } from './webgpu.js';

const candidates: Record<BackendName, Candidate> = {
  tensorflow: tensorflowCandidate,
  webgpu: webgpuCandidate,
  wasm: wasmCandidate,
};

/** Attempts under way or done: two at once for the same backend would each make a device. */
const tried = new Map<BackendName, Promise<Omit<Backend, 'passedOver'>>>();

/**
 * Makes one TensorFlow.js backend the active one and says which and why: `tensorflow`
 * (tfjs-node-gpu, then tfjs-node), `webgpu`, `wasm`, the first that starts. `passedOver` holds
 * the reason for every one that was tried before it.
 *
 * Throws `BackendUnavailable` when `require` names one that cannot be had, or none starts, and
 * when `prefer` or `require` is no backend's name.
 */
export async function selectBackend(options: SelectBackendOptions = {}): Promise<Backend> {
  for (const key of ['prefer', 'require'] as const) checkName(key, options[key]);
  const order = options.require
    ? [options.require]
    : [...new Set([...(options.prefer ? [options.prefer] : []), ...backendNames])];
  const passedOver: PassedOver[] = [];
  for (const name of order) {
    try {
      return { ...(await activate(name)), passedOver };
    } catch (error) {
      passedOver.push({ name, why: firstLine((error as Error).message) });
    }
  }
  const reasons = passedOver.map(({ name, why }) => `${name}: ${why}`).join('; ');
  throw new BackendUnavailable({
    what: options.require
      ? `the backend ${options.require} is required and not available here`
      : 'no backend starts on this machine',
    where: 'selectBackend',
    got: reasons,
    next: `${howToGet(options.require ?? 'wasm')}${options.require ? ', or take another backend (--backend)' : ''}`,
  });
}

async function activate(name: BackendName): Promise<Omit<Backend, 'passedOver'>> {
  // A second activation of the same backend is cheap and makes it the active one again; one that
  // failed is tried again, since what it lacked may be there by now.
  await tried.get(name)?.catch(() => undefined);
  const attempt = candidates[name].activate();
  tried.set(name, attempt);
  return attempt;
}

function checkName(key: string, name: string | undefined): void {
  if (name === undefined || (backendNames as readonly string[]).includes(name)) return;
  throw new BackendUnavailable({
    what: `${key} names no backend`,
    where: 'selectBackend',
    got: name,
    expected: backendNames.join(', '),
  });
}
