// CPU-seconds an image on one core, split in spin waves and convolution; how they grow with points a
// pixel, pixels, samples and sites; images an hour of two threads; memory.
//   npx tsc -b packages/imaging/tsconfig.lib.json && node packages/imaging/bench/image.bench.mjs [images]
// One JSON line each. CPU time of the process, so that a shared machine disturbs it little; the
// cases take turns, an image each, and the median of the rounds is printed.
import { readFileSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { parse } from 'yaml';
import { imagerFromJob } from '../dist/index.js';

const folder = new URL('../../../pipelines/pcsmo/', import.meta.url);
const read = (name) => readFileSync(new URL(name, folder), 'utf8');
const { image } = parse(read('pipeline.yaml'));
const cpu = (since) => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
};
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const job = (model, spec, text) => ({
  modelText: text ?? read(`models/${model}.yaml`),
  instrument: { name: 'maps' },
  spec: { ...image, ...spec },
});

if (!isMainThread) {
  const { imager, parameterVector } = imagerFromJob(workerData.job);
  for (let n = 0; n < workerData.images; n++) {
    imager.simulate(parameterVector({ D: 0.07 + 0.0005 * n }));
    if (n === 0) parentPort.postMessage('warm');
  }
  parentPort.postMessage('done');
} else {
  const rounds = Number(process.argv[2] ?? 7);
  const half = (bins) => ({ ...bins, count: 20 });
  // One site in a square cell: 1 mode in place of 16, the same image.
  const oneSite = `format: spectraloom-spin-model/1
name: square ferromagnet
label: square
lattice: { a: 10.816, b: 10.9198, c: 19.266 }
parameters:
  J: { value: -3, unit: meV }
  D: { value: 0.07, unit: meV }
sites:
  - { label: A, position: [0, 0, 0], spin: 1.75, direction: [0, 1, 0], ion: Mn3 }
interactions:
  - { name: Ja, exchange: J, vector: [1, 0, 0] }
  - { name: Jb, exchange: J, vector: [0, 1, 0] }
anisotropy:
  - { axis: [0, 1, 0], strength: "-D" }
`;
  const cases = {
    'goodenough, monteCarlo, defaults': job('goodenough', { resolution: 'monteCarlo' }),
    'goodenough, covariance, defaults': job('goodenough', { resolution: 'covariance' }),
    'dimer, monteCarlo, defaults': job('dimer', { resolution: 'monteCarlo' }),
    '1.5 points a pixel (preset quick)': job('goodenough', { pointsPerPixel: 1.5 }),
    '6 points a pixel': job('goodenough', { pointsPerPixel: 6 }),
    'a quarter of the pixels': job('goodenough', {
      pixels: { h: half(image.pixels.h), k: half(image.pixels.k) },
    }),
    'one Ei of six': job('goodenough', { incident: image.incident.slice(3, 4) }),
    'monteCarlo, 512 samples': job('goodenough', { resolution: 'monteCarlo', samples: 512 }),
    'monteCarlo, 65536 samples': job('goodenough', { resolution: 'monteCarlo', samples: 65536 }),
    'one site a cell': job('square', {}, oneSite),
  };
  const made = Object.entries(cases).map(([name, c]) => {
    const start = process.cpuUsage();
    const { imager, parameterVector } = imagerFromJob(c);
    const setup = cpu(start);
    imager.simulate(parameterVector());
    return { name, imager, parameterVector, setup, each: [], waves: [] };
  });
  for (let round = 0; round < rounds; round++) {
    for (const m of made) {
      const start = process.cpuUsage();
      // A little off the fit each time, so that nothing is remembered.
      m.imager.simulate(m.parameterVector({ D: 0.07 + 0.0005 * round }));
      const each = cpu(start);
      const { spinWavesS, convolutionS } = m.imager.timings;
      m.each.push(each);
      m.waves.push((each * spinWavesS) / (spinWavesS + convolutionS));
    }
  }
  for (const { name, imager, setup, each, waves } of made) {
    console.log(
      JSON.stringify({
        bench: 'image',
        case: name,
        pixels: imager.shape[0] * imager.shape[1],
        setupCpuS: +setup.toFixed(3),
        imageCpuS: +median(each).toFixed(3),
        spinWavesCpuS: +median(waves).toFixed(4),
        convolutionCpuS: +(median(each) - median(waves)).toFixed(4),
        least: +Math.min(...each).toFixed(3),
      }),
    );
  }
  const main = cases['goodenough, monteCarlo, defaults'];
  for (const workers of [1, 2]) {
    const images = Math.max(4, rounds);
    let warm = 0;
    let start;
    let used;
    await Promise.all(
      Array.from(
        { length: workers },
        () =>
          new Promise((resolve, reject) => {
            const w = new Worker(new URL(import.meta.url), { workerData: { job: main, images } });
            w.on('error', reject);
            w.on('message', (m) => {
              if (m === 'warm' && ++warm === workers) {
                start = performance.now();
                used = process.cpuUsage();
              }
              if (m === 'done') resolve();
            });
          }),
      ),
    );
    const seconds = (performance.now() - start) / 1000;
    const each = cpu(used) / (workers * (images - 1));
    console.log(
      JSON.stringify({
        bench: 'image-threads',
        workers,
        imagesAnHour: Math.round((3600 * workers * (images - 1)) / seconds),
        imageCpuS: +each.toFixed(3),
        imagesAnHourIfAlone: Math.round((3600 * workers) / each),
      }),
    );
  }
  console.log(
    JSON.stringify({
      bench: 'image',
      peakRssMB: Math.round(process.resourceUsage().maxRSS / 1024),
    }),
  );
}
