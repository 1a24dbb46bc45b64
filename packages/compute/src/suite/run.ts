import * as tf from '@tensorflow/tfjs-core';
import { closeness } from './allclose.js';
import { type Order, orders, type SuiteCase, tolerances } from './case.js';
import { layerCases } from './cases/layers.js';
import { lossCases } from './cases/losses.js';
import { operationCases } from './cases/operations.js';
import { Problem } from './problem.js';

export const suiteCases: readonly SuiteCase[] = [...layerCases, ...lossCases, ...operationCases];

/** One comparison: a case, a set of shapes, an order. */
export interface SuiteResult {
  name: string;
  group: SuiteCase['group'];
  /** Shapes of the inputs, such as `2x8x9x1, 5x5x1x4, 4`. */
  shapes: string;
  order: Order;
  outcome: 'right' | 'wrong' | 'error';
  /** Largest deviation relative to the largest reference value; absent after an error. */
  worst?: number;
  tolerance: number;
  /** First line of the error, or the worst value beside the reference. */
  message?: string;
}

export interface SuiteOptions {
  /** Only these cases, by name. */
  only?: (name: string) => boolean;
  /** Factor on all tolerances: a device whose exp or division is not rounded correctly gets 4. */
  slack?: number;
}

/**
 * Runs every case on the active backend: the values, the gradient of L = sum w (y + y^2 / 2), and
 * the gradient of that gradient along a fixed direction, each in every input and weight, against
 * the reference in double precision and its finite differences. Never throws for a case that fails.
 */
export async function runDeviceSuite(options: SuiteOptions = {}): Promise<SuiteResult[]> {
  const results: SuiteResult[] = [];
  const restore = keepOffTheCpu();
  try {
    for (const suiteCase of suiteCases) {
      if (options.only && !options.only(suiteCase.name)) continue;
      for (const shapes of suiteCase.shapes) {
        results.push(...(await runCase(suiteCase, shapes, options.slack ?? 1)));
      }
    }
  } finally {
    restore();
  }
  return results;
}

async function runCase(
  suiteCase: SuiteCase,
  shapes: number[][],
  slack: number,
): Promise<SuiteResult[]> {
  const problem = new Problem(suiteCase, shapes);
  const last = orders.indexOf(suiteCase.upTo ?? 'second');
  const results: SuiteResult[] = [];
  for (const order of orders.slice(0, last + 1)) {
    const tolerance = tolerances[order] * (suiteCase.slack ?? 1) * slack;
    const { name, group } = suiteCase;
    const about = { name, group, shapes: shapes.map((s) => s.join('x')).join(', '), order };
    try {
      const got = await problem.compute(order);
      results.push({ ...about, tolerance, ...judge(got, problem.expected(order), tolerance) });
    } catch (error) {
      const message = (error as Error).message.split('\n')[0]!;
      results.push({ ...about, tolerance, outcome: 'error', message });
      await settle();
    }
  }
  return results;
}

function judge(got: Float32Array[], expected: Float64Array[], tolerance: number) {
  const largest = expected.map((values) => values.reduce((a, b) => Math.max(a, Math.abs(b)), 0));
  const overall = Math.max(...largest, 1e-6);
  let worst = 0;
  let message: string | undefined;
  for (const [k, values] of expected.entries()) {
    // An input whose gradient is next to nothing is measured by the others'.
    const close = closeness(got[k]!, values, Math.max(largest[k]!, 1e-3 * overall));
    if (!(close.worst <= worst)) worst = close.worst;
    if (!(close.worst <= tolerance)) {
      message ??= `${close.got} instead of ${close.expected.toPrecision(8)}`;
    }
  }
  const outcome = worst <= tolerance ? ('right' as const) : ('wrong' as const);
  return { outcome, worst, ...(message === undefined ? {} : { message }) };
}

/** WebGPU hands small tensors to the CPU: then the device would not be tested at all. */
function keepOffTheCpu(): () => void {
  const flag = 'WEBGPU_CPU_FORWARD';
  if (tf.getBackend() !== 'webgpu') return () => undefined;
  const before = tf.env().getBool(flag);
  tf.env().set(flag, false);
  return () => tf.env().set(flag, before);
}

/** WebGPU tells of a refused program late, to whoever reads next: not to the next case. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    const probe = tf.tidy(() => tf.add(tf.ones([2]), 1));
    const clean = await probe.data().then(
      () => true,
      () => false,
    );
    probe.dispose();
    if (clean) return;
  }
}
