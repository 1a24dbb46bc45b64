// CPU-seconds an image, split in spin waves and convolution, on one core.
//   npx tsc -b packages/imaging/tsconfig.lib.json && node packages/imaging/bench/image.bench.mjs [images]
import { readFileSync } from 'node:fs';
import { imagerFromJob } from '../dist/index.js';

const images = Number(process.argv[2] ?? 10);
const folder = new URL('../../../pipelines/pcsmo/', import.meta.url);
const read = (name) => readFileSync(new URL(name, folder), 'utf8');
const cpu = (since) => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
};

for (const model of ['goodenough', 'dimer']) {
  const start = process.cpuUsage();
  const { imager, parameterVector } = imagerFromJob({
    modelText: read(`models/${model}.yaml`),
    instrument: { name: 'maps' },
    spec: undefined,
  });
  const setup = cpu(start);
  const first = process.cpuUsage();
  imager.simulate(parameterVector());
  const firstImage = cpu(first);
  let spinWaves = 0;
  let convolution = 0;
  const before = process.cpuUsage();
  for (let n = 0; n < images; n++) {
    // A little off the fit each time, so that nothing is remembered.
    imager.simulate(parameterVector({ D: 0.07 + 0.0005 * n }));
    spinWaves += imager.timings.spinWavesS;
    convolution += imager.timings.convolutionS;
  }
  const each = cpu(before) / images;
  const share = spinWaves / (spinWaves + convolution);
  console.log(
    JSON.stringify({
      bench: 'image',
      model,
      pixels: imager.shape[0] * imager.shape[1],
      setupCpuS: +setup.toFixed(3),
      firstImageCpuS: +firstImage.toFixed(3),
      imageCpuS: +each.toFixed(3),
      spinWavesCpuS: +(each * share).toFixed(4),
      convolutionCpuS: +(each * (1 - share)).toFixed(4),
      rssMB: Math.round(process.memoryUsage().rss / 1e6),
    }),
  );
}
