// Methods of uncertainty on a data set that is there: trains them as the preset says, calibrates them,
// and measures them on test images and on images from outside, with the pipeline's own code.
//   npx nx run-many -t build && node packages/pipeline/bench/methods.bench.mjs
//     --preset FILE.yaml (with `uncertainty`) --dataset FOLDER --out FOLDER (kept: it goes on from there)
//     [--outside 24 (images a set)] [--sets stitched,shuffled-tiles,wrong-mask,other-normalisation]
// CPU seconds are of the whole process, all threads.
import { mkdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { selectBackend } from '../../compute/dist/index.js';
import { buildNetwork, preprocessedShape } from '../../models/dist/index.js';
import { DatasetReader } from '../../shards/dist/index.js';
import {
  fitClassifier,
  loadIntoMemory,
  loadUncertainty,
  parseFitSettings,
} from '../../training/dist/index.js';
import { openPipeline } from '../dist/index.js';
import { declaredAugmentation, trainingAugmentation } from '../dist/ins/augmentation.js';
import { trainMethods } from '../dist/ins/learn/methods.js';
import { readMagnets } from '../dist/ins/outside/magnets.js';
import { measureMethod } from '../dist/ins/outside/measures.js';
import { outsideSets } from '../dist/ins/outside/sets.js';
import { splitSource } from '../dist/ins/source.js';
import { preprocessingOf } from '../dist/ins/trainStage.js';

const { values: args } = parseArgs({
  options: {
    preset: { type: 'string' },
    dataset: { type: 'string' },
    out: { type: 'string' },
    outside: { type: 'string', default: '24' },
    sets: { type: 'string', default: 'stitched,shuffled-tiles,wrong-mask,other-normalisation' },
  },
});
const backend = await selectBackend();
console.log(`${backend.name}: ${backend.device}`);
const { experiment } = await openPipeline({
  ...{ root: '.', runsFolder: args.out, pipeline: 'pcsmo', preset: args.preset, commandLine: [] },
});
const { preset, pipeline } = experiment;
const reader = DatasetReader.open(args.dataset, { fractions: preset.split });
const source = {};
for (const split of ['train', 'validation', 'calibration', 'test']) {
  source[split] = await loadIntoMemory(splitSource(reader, split));
}
console.log(
  Object.entries(source)
    .map(([name, s]) => `${name} ${s.length}`)
    .join(', '),
);
await mkdir(args.out, { recursive: true });
const signal = new AbortController().signal;
const augmentation = trainingAugmentation(experiment);
const preprocessing = preprocessingOf(experiment);
const network = buildNetwork(preset.train.network, {
  ...preset.train.options,
  inputShape: preprocessedShape(preprocessing),
  classes: ['dimer', 'goodenough'],
  seed: preset.train.seed,
});
const fit = parseFitSettings(preset.train.fit);
const keys = { dataset: reader.manifest.manifestHash };
const begin = process.cpuUsage();
const spent = () => {
  const { user, system } = process.cpuUsage(begin);
  return `${((user + system) / 1e6).toFixed(0)} s CPU`;
};
const { history, best } = await fitClassifier({
  ...fit,
  ...{ network, preprocessing, keys, checkpoints: args.out },
  ...{ train: source.train, validation: source.validation },
  ...(augmentation ? { augmentation, validationAugmentation: augmentation } : {}),
});
console.log(`${network.name}: best epoch ${best.epoch} of ${history.length}, ${spent()}`);
const outcome = await trainMethods({
  ...{ folder: args.out, settings: preset.uncertainty, main: { network, preprocessing } },
  network: { name: preset.train.network, options: preset.train.options },
  ...{ seed: preset.train.seed, fit, keys, signal, augmentation },
  declared: declaredAugmentation(experiment),
  source: (split) => source[split],
  emit(event) {
    if (event.type !== 'epoch') return;
    const { network: name, epoch, validation, seconds } = event;
    console.log(`  ${name} ${epoch}: ${JSON.stringify(validation)} ${seconds.toFixed(0)} s`);
  },
});
for (const n of outcome.networks) console.log(JSON.stringify(n));
console.log(spent());
network.dispose();

const names = args.sets.split(',');
const rows = reader.rowsOf('test').slice(0, Number(args.outside));
const batch = await reader.read(rows);
const { labels, parameters } = reader.manifest;
const pixels = batch.images.length / batch.count;
const inside = Array.from(rows, (_, i) => ({
  image: batch.images.slice(i * pixels, (i + 1) * pixels),
  label: labels[batch.labels[i]],
  parameters: Object.fromEntries(
    parameters
      .map(({ name }, j) => [name, batch.parameters[i * parameters.length + j]])
      .filter(([, value]) => !Number.isNaN(value)),
  ),
}));
const { magnets = [], instruments = [] } = pipeline.file.outside ?? {};
const sources = {
  ...{ experiment, instruments, inside, count: Number(args.outside), seed: 5 },
  magnets: await readMagnets(pipeline.folder, magnets),
};
const sets = outsideSets
  .filter(({ name }) => names.includes(name))
  .map(({ name, what, make }) => ({ name, what, images: make(sources) }));
const loaded = await loadUncertainty(args.out);
for (const { method, calibration } of loaded.methods) {
  const m = await measureMethod({
    ...{ method, calibration, inside: source.test, sets, augmentation, seed: 77, signal },
  });
  console.log(
    `${m.name}: accuracy ${(100 * m.metrics.accuracy).toFixed(1)} %, nll ${m.metrics.nll.toFixed(3)}, ece ${m.before.ece.toFixed(3)} -> ${m.metrics.ece.toFixed(3)} (T ${m.temperature.toFixed(2)}), false alarms ${(100 * m.falseAlarms).toFixed(1)} %, sets cover ${(100 * m.conformal.coverage).toFixed(1)} %`,
  );
  for (const o of m.outside) {
    console.log(
      `    ${o.set.padEnd(20)} AUROC ${o.auroc.toFixed(3)}  AUPRC ${o.auprc.toFixed(3)}  refused ${(100 * o.refused).toFixed(0)} %  (${o.images})`,
    );
  }
}
loaded.dispose();
reader.close();
