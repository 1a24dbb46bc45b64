// Where a trained network looks on a measured image, asked in several ways, beside physics' answer.
//   npx nx run-many -t build && node packages/pipeline/bench/places.bench.mjs --preset FILE.yaml
//     --dataset FOLDER --network best.safetensors --measured m.npy [--mirror-k] [--images 600]
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { selectBackend } from '../../compute/dist/index.js';
import { PixelMoments } from '../../explain/dist/index.js';
import { imageFrame, imageMask } from '../../imaging/dist/index.js';
import { parseInstrument } from '../../instrument/dist/index.js';
import { DatasetReader } from '../../shards/dist/index.js';
import { loadCheckpoint, predict } from '../../training/dist/index.js';
import { countsPerUnit, physicsAnswer } from '../dist/ins/explain/physics.js';
import { lookedAt } from '../dist/ins/explain/places.js';
import { masked } from '../dist/ins/masked.js';
import { openPipeline, readMeasured } from '../dist/index.js';

const { values: args } = parseArgs({
  options: {
    preset: { type: 'string', default: 'quick' },
    dataset: { type: 'string' },
    network: { type: 'string' },
    measured: { type: 'string' },
    'mirror-k': { type: 'boolean', default: false },
    images: { type: 'string', default: '600' },
    steps: { type: 'string', default: '16' },
    orders: { type: 'string', default: '3' },
  },
});
await selectBackend();
const { experiment } = await openPipeline({
  root: fileURLToPath(new URL('../../..', import.meta.url)),
  ...{ runsFolder: '/tmp/none', pipeline: 'pcsmo', preset: args.preset, commandLine: [] },
});
const { layout, spec, classes, instrument, pipeline } = experiment;
const mask = imageMask(
  parseInstrument(instrument.text, { source: instrument.path }),
  spec,
  imageFrame(spec, classes[0].model.chemicalLattice),
);
const { image: raw } = await readMeasured(args.measured, { mirrorK: args['mirror-k'], layout });
const image = masked(raw, mask);
const { network, preprocessing, temperature } = await loadCheckpoint(args.network);
const { called, probabilities } = await predict({ network, preprocessing, temperature }, image);
console.log(
  `${network.name}: ${network.options.classes.map((c, i) => `${c} ${probabilities[i].toFixed(3)}`).join(', ')}`,
);
const reader = DatasetReader.open(args.dataset);
const moments = new PixelMoments(image.length);
for await (const batch of reader.epoch({ batchSize: 32, shuffle: false })) {
  const pixels = batch.images.length / batch.count;
  for (let i = 0; i < batch.count; i++) {
    moments.add(batch.labels[i], batch.images.subarray(i * pixels, (i + 1) * pixels));
  }
  if (moments.counts[0] + moments.counts[1] >= Number(args.images)) break;
}
reader.close();
const physics = physicsAnswer(moments, layout, mask, countsPerUnit(pipeline.file));
const places = await lookedAt({
  ...{ network, preprocessing, image, target: called, layout, physics: physics.tiles },
  ...{ steps: Number(args.steps), cascade: 3, orders: Number(args.orders) },
  published: pipeline.file.published,
  signal: new AbortController().signal,
});
for (const { name, strongest, warnings } of places.maps) {
  const told = strongest.map(
    ({ eiMeV, energyMeV: [a, b], value }) =>
      `Ei ${eiMeV}, ${a.toFixed(1)}-${b.toFixed(1)} meV (${value.toPrecision(2)})`,
  );
  console.log(`${name.padEnd(22)} ${told.join('; ')} ${warnings.join(' ')}`);
}
for (const a of places.agreement) {
  console.log(
    `${a.of} / ${a.with}: rank correlation ${a.rankCorrelation.toFixed(2)}, first five share ${a.sharedTopFive} (by chance ${a.sharedByChance.toFixed(1)})`,
  );
}
console.log('published tile', JSON.stringify(places.published));
console.log('completeness', JSON.stringify(places.completeness));
console.log(
  'fresh weights',
  places.cascade.steps.map((s) => `${s.layer} ${s.rankCorrelation.toFixed(2)}`).join(', '),
);
const { deletion, insertion } = places.curves;
console.log(
  `deletion ${deletion.area.toFixed(2)} (random ${deletion.randomArea.toFixed(2)}), insertion ${insertion.area.toFixed(2)} (random ${insertion.randomArea.toFixed(2)})`,
);
console.log(`CPU ${((process.cpuUsage().user + process.cpuUsage().system) / 1e6).toFixed(0)} s`);
