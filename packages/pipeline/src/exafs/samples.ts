import {
  disturbedSamples,
  type ShellSamples,
  shellTransform,
} from '@spectraloom/models/xray/exafs';
import { DatasetReader } from '@spectraloom/shards';
import { shellParameters } from '@spectraloom/xray';
import type { ExafsExperiment } from './experiment.js';

/**
 * The rows of the data set as the network sees them: noise and a far shell added from a seed, taken to R.
 * The last rows are the test part, so that a design that fills space evenly fills both parts.
 */
export async function readShells(
  { pipeline: { file }, preset, path }: ExafsExperiment,
  dataset: string,
): Promise<{ train: ShellSamples; test: ShellSamples }> {
  const reader = DatasetReader.open(dataset);
  try {
    const { rows, parameters } = reader.manifest;
    const transform = shellTransform(file.shell);
    const width = transform.k.length;
    const columns = shellParameters.map((p) => parameters.findIndex(({ name }) => name === p));
    const known = new Float64Array(4 * rows);
    const chi = new Float32Array(rows * width);
    const chunk = 1024;
    for (let first = 0; first < rows; first += chunk) {
      const count = Math.min(chunk, rows - first);
      const batch = await reader.read(Array.from({ length: count }, (_, i) => first + i));
      for (let i = 0; i < count; i++) {
        columns.forEach((column, j) => {
          known[4 * (first + i) + j] = batch.parameters[i * parameters.length + column]!;
        });
      }
      chi.set(batch.images.subarray(0, count * width), first * width);
    }
    const tests = Math.round(preset.test * rows);
    const part = (from: number, to: number, seed: number) =>
      disturbedSamples(
        path,
        file.shell,
        transform,
        (row, out) => out.set(chi.subarray((from + row) * width, (from + row + 1) * width)),
        { data: known.slice(4 * from, 4 * to), rows: to - from, columns: 4 },
        seed,
      );
    return {
      train: part(0, rows - tests, preset.train.seed),
      test: part(rows - tests, rows, preset.train.seed + 1_000_003),
    };
  } finally {
    reader.close();
  }
}
