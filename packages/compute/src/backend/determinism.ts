/**
 * Whether `SPECTRALOOM_DETERMINISTIC=1` asks for results that repeat bit for bit on a GPU, at the
 * cost of its fastest kernels. wasm and TensorFlow on the CPU repeat themselves anyway; no two
 * devices or versions agree in the last digits.
 */
export function deterministic(environment: NodeJS.ProcessEnv = process.env): boolean {
  return environment['SPECTRALOOM_DETERMINISTIC'] === '1';
}
