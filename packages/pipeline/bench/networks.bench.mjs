// Networks on one data set, with one preset's settings: accuracy on validation and test images, the
// calibration error before and after the temperature (fitted on images of their own), time.
//   npx nx run-many -t build && node packages/pipeline/bench/networks.bench.mjs
//     --root FOLDER (holds pipelines/ and datasets/) --preset NAME --dataset FOLDER
//     [--networks compact,cnn-gap-small] [--epochs 20] [--rate 0.002] [--micro 32] [--options JSON]
//     [--clean (no augmentation, in training and tests)] [--preprocessing JSON-OF-STEPS]
//     [--decay 0.01] [--penalty 0.1 (duq)] [--seed 7]
// Splits: validation, calibration and test 15 % each, by the hash of the row. CPU seconds are of the
// whole process, all threads.
import { parseArgs } from 'node:util';
import { selectBackend } from '../../compute/dist/index.js';
import { buildNetwork, defaultPreprocessing, preprocessedShape } from '../../models/dist/index.js';
import { DatasetReader } from '../../shards/dist/index.js';
import {
  calibrate,
  classificationMetrics,
  calibratedProbabilities,
  fitClassifier,
  loadIntoMemory,
  predictSource,
  softmaxMethod,
} from '../../training/dist/index.js';
import { openPipeline } from '../dist/index.js';
import { trainingAugmentation } from '../dist/ins/augmentation.js';
import { splitSource } from '../dist/ins/source.js';

const { values: args } = parseArgs({
  options: {
    root: { type: 'string' },
    preset: { type: 'string', default: 'quick' },
    dataset: { type: 'string' },
    networks: { type: 'string', default: 'cnn-gap-small,compact' },
    epochs: { type: 'string', default: '20' },
    rate: { type: 'string' },
    micro: { type: 'string' },
    options: { type: 'string', default: '{}' },
    decay: { type: 'string', default: '0' },
    penalty: { type: 'string', default: '0' },
    seed: { type: 'string', default: '7' },
    clean: { type: 'boolean', default: false },
    preprocessing: { type: 'string' },
  },
});
const backend = await selectBackend();
console.log(`${backend.name}: ${backend.device}`);
const { experiment } = await openPipeline({
  ...{ root: args.root, runsFolder: '/tmp/none', pipeline: 'pcsmo', preset: args.preset },
  commandLine: [],
});
const fractions = { validation: 0.15, test: 0.15, calibration: 0.15 };
const reader = DatasetReader.open(args.dataset, { fractions });
const source = {};
for (const split of ['train', 'validation', 'calibration', 'test']) {
  source[split] = await loadIntoMemory(splitSource(reader, split));
}
const sizes = Object.entries(source).map(([name, s]) => `${name} ${s.length}`);
console.log(`images: ${sizes.join(', ')}; ${args.epochs} epochs at most`);
const augmentation = args.clean ? undefined : trainingAugmentation(experiment);
const { epochs: _, earlyStopping: __, ...fit } = experiment.preset.train.fit;
for (const name of args.networks.split(',')) {
  const options = JSON.parse(args.options);
  const preprocessing = args.preprocessing
    ? { imageShape: [240, 400], steps: JSON.parse(args.preprocessing) }
    : defaultPreprocessing(name, [240, 400], options);
  const network = buildNetwork(name, {
    ...{ inputShape: preprocessedShape(preprocessing), classes: ['dimer', 'goodenough'] },
    ...{ seed: Number(args.seed), ...options },
  });
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  const { history, best } = await fitClassifier({
    ...fit,
    ...{ network, preprocessing, train: source.train, validation: source.validation },
    ...(augmentation ? { augmentation, validationAugmentation: augmentation } : {}),
    ...(args.clean ? { augmentationCycle: 1 } : {}),
    ...{ epochs: Number(args.epochs), weightDecay: Number(args.decay) },
    gradientPenalty: Number(args.penalty),
    ...(args.rate ? { learningRate: Number(args.rate) } : {}),
    ...(args.micro ? { microBatchSize: Number(args.micro) } : {}),
    onEpoch: (e) =>
      console.log(
        `  ${name} ${e.epoch}: loss ${e.trainLoss.toFixed(3)} acc ${e.trainAccuracy.toFixed(3)}` +
          ` validation ${e.validation.accuracy.toFixed(3)} nll ${e.validation.nll.toFixed(3)} ${e.seconds.toFixed(1)} s`,
      ),
  });
  const used = process.cpuUsage(cpu);
  const line = [
    name,
    `${network.parameters} weights`,
    `best epoch ${best.epoch}/${history.length}`,
  ];
  line.push(`validation ${(100 * history[best.epoch - 1].validation.accuracy).toFixed(1)} %`);
  const method = softmaxMethod({ network, preprocessing });
  const pass = { augmentation, seed: 99 };
  const calibration = calibrate(method, await predictSource(method, source.calibration, pass));
  for (const [what, change] of [
    ['as trained', pass],
    ['clean', {}],
  ]) {
    const output = await predictSource(method, source.test, change);
    const p = calibratedProbabilities(method, output, calibration);
    const raw = classificationMetrics(output.probabilities, output.labels, 2);
    const after = classificationMetrics(p, output.labels, 2);
    line.push(
      `test ${what}: ${(100 * after.accuracy).toFixed(1)} %, nll ${raw.nll.toFixed(3)} -> ${after.nll.toFixed(3)},` +
        ` ece ${raw.ece.toFixed(3)} -> ${after.ece.toFixed(3)}`,
    );
  }
  line.push(`T ${calibration.temperature.toFixed(2)}`);
  line.push(`${((performance.now() - wall) / 1000).toFixed(0)} s wall`);
  line.push(`${((used.user + used.system) / 1e6).toFixed(0)} s CPU in training`);
  console.log(line.join('; '));
  network.dispose();
}
reader.close();
