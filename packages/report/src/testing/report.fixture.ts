import type { TileLayout } from '../data/layout.js';
import type { ReportData, TiledImage } from '../data/types.js';

/**
 * Data that look like a run: smooth spin-wave-like images on the PCSMO layout. Invented, for tests
 * of the page and its pictures; no physics hangs on them.
 */

/** The layout of the PCSMO experiment. */
export const pcsmoLayout: TileLayout = {
  tileRows: 40,
  tileCols: 40,
  rows: [
    { eiMeV: 25, note: '300 Hz' },
    { eiMeV: 35, note: '200 Hz' },
    { eiMeV: 50, note: '200 Hz' },
    { eiMeV: 70, note: '250 Hz' },
    { eiMeV: 100, note: '300 Hz' },
    { eiMeV: 140, note: '400 Hz' },
  ],
  columns: Array.from({ length: 10 }, (_, i) => ({
    fromFraction: (10 + 6 * i) / 100,
    toFraction: (16 + 6 * i) / 100,
  })),
  horizontal: { label: 'K', unit: 'r.l.u.', first: -1, last: 1 },
  vertical: { label: 'H', unit: 'r.l.u.', first: 1, last: -1 },
};

/** A small seeded generator (mulberry32), so that the fixture is the same each time. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A mask like a detector's: beam stop, gaps between banks, and the reach of low energies. */
export function exampleMask(layout: TileLayout = pcsmoLayout): Uint8Array {
  const { tileRows, tileCols } = layout;
  const width = layout.columns.length * tileCols;
  const mask = new Uint8Array(layout.rows.length * tileRows * width);
  layout.rows.forEach(({ eiMeV }, r) =>
    layout.columns.forEach(({ fromFraction }, c) => {
      for (let y = 0; y < tileRows; y++) {
        for (let x = 0; x < tileCols; x++) {
          const k = (2 * x) / (tileCols - 1) - 1;
          const h = 1 - (2 * y) / (tileRows - 1);
          const stop = 0.05 * Math.sqrt(eiMeV / 25) * (1.1 - fromFraction);
          const gap = 0.45 * Math.sqrt(eiMeV / 60);
          const reach = 1.35 * Math.sqrt(eiMeV / 25) * (1 - 0.75 * fromFraction);
          const masked =
            (Math.abs(h) < 2 * stop && Math.abs(k) < 2 * stop) ||
            (Math.abs(Math.abs(h) - gap) < 0.03 && r > 1) ||
            h * h + k * k > reach * reach;
          if (masked) mask[(r * tileRows + y) * width + c * tileCols + x] = 1;
        }
      }
    }),
  );
  return mask;
}

/** An image of two acoustic and one optical branch with a Gaussian resolution that grows with Ei. */
export function exampleImage(
  stiffness: number,
  anisotropy: number,
  layout: TileLayout = pcsmoLayout,
  mask: Uint8Array = exampleMask(layout),
): TiledImage {
  const { tileRows, tileCols } = layout;
  const width = layout.columns.length * tileCols;
  const values = new Float32Array(mask.length);
  layout.rows.forEach(({ eiMeV }, r) =>
    layout.columns.forEach(({ fromFraction, toFraction }, c) => {
      const energy = ((fromFraction + toFraction) / 2) * eiMeV;
      const sigma = 0.05 * eiMeV;
      for (let y = 0; y < tileRows; y++) {
        for (let x = 0; x < tileCols; x++) {
          const index = (r * tileRows + y) * width + c * tileCols + x;
          if (mask[index]) continue;
          const k = (2 * x) / (tileCols - 1) - 1;
          const h = 1 - (2 * y) / (tileRows - 1);
          const ch = Math.cos(2 * Math.PI * h);
          const ck = Math.cos(2 * Math.PI * k * (1 + 0.1 * anisotropy));
          const acoustic = stiffness * Math.sqrt(Math.max(0.002, 1 - ((ch + ck) / 2) ** 2));
          const optical = 2.6 * stiffness + 8 * anisotropy * ch * ck;
          const line = (e: number) => Math.exp(-((energy - e) ** 2) / (2 * sigma * sigma)) / sigma;
          const weight = 1.2 - 0.5 * (ch + ck);
          values[index] =
            24 *
            ((weight * line(acoustic)) / (1 + 0.25 * acoustic) +
              0.06 * (2.3 - weight) * line(optical));
        }
      }
    }),
  );
  return { values, mask };
}

/** The same image as counts: Poisson-like noise on a flat background, clipped at 0. */
export function withNoise(image: TiledImage, scale: number, seed: number): TiledImage {
  const random = seededRandom(seed);
  const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return {
    mask: image.mask,
    values: image.values.map((v, i) =>
      image.mask?.[i] === 1
        ? 0
        : Math.max(0, scale * v + 0.4 + 0.9 * Math.sqrt(scale * v + 0.3) * gauss()),
    ),
  };
}

const prior = (from: number, to: number) => `uniform [${from}, ${to}]`;

/** Activation planted around one tile (row 3, column 7), on a coarse grid. */
function exampleActivation(layout: TileLayout) {
  const shape = [24, 40] as const;
  const map = new Float32Array(shape[0] * shape[1]);
  for (let y = 0; y < shape[0]; y++) {
    for (let x = 0; x < shape[1]; x++) {
      const planted = Math.exp(-((y - 13.5) ** 2) / 6 - (x - 29.5) ** 2 / 10);
      const second = 0.45 * Math.exp(-((y - 5) ** 2) / 8 - (x - 9) ** 2 / 30);
      map[y * shape[1] + x] = Math.max(0, planted + second - 0.02);
    }
  }
  const columns = layout.columns.length;
  const tileMeans = new Float32Array(layout.rows.length * columns);
  const stepY = shape[0] / layout.rows.length;
  const stepX = shape[1] / columns;
  tileMeans.forEach((_, tile) => {
    let sum = 0;
    for (let y = 0; y < stepY; y++) {
      for (let x = 0; x < stepX; x++) {
        const row = Math.floor(tile / columns) * stepY + y;
        sum += map[row * shape[1] + (tile % columns) * stepX + x];
      }
    }
    tileMeans[tile] = sum / (stepX * stepY);
  });
  return { shape, map, tileMeans };
}

/** Data of a whole report, every section filled. Parts can be replaced. */
export function exampleReport(replaced: Partial<ReportData> = {}): ReportData {
  const layout = pcsmoLayout;
  const goodenough = { J_F1: -11.39, J_A: 1.5, J_F2: -1.35, J_F3: 1.5, J_perp: 0.88, D: 0.074 };
  const dimer = { J_FS: -14.2, J_FW: -8.43, J_A1: 1.52, J_A2: 1.52, J_perp: 0.92, D: 0.073 };
  const random = seededRandom(7);
  const jitter = (values: Record<string, number>) =>
    Object.fromEntries(
      Object.entries(values).map(([name, v]) => [name, v * (0.7 + 0.6 * random())]),
    );
  const activation = exampleActivation(layout);
  const match = exampleImage(21, 0.2);
  return {
    format: 'spectraloom-report/1',
    title: 'Which exchange model describes half-doped PCSMO?',
    pipeline: 'pcsmo',
    preset: 'quick',
    createdAt: '2025-11-20T22:14:03Z',
    summary: [
      'Two exchange models were proposed for the half-doped bilayer manganite Pr(Ca,Sr)₂Mn₂O₇: Goodenough’s charge-ordered chains, and the Zener-polaron (dimer) picture. Their spin-wave spectra differ in details that no single cut shows.',
    ],
    caveats: [
      'The preset quick trains on 240 images at 120 × 200 pixels; the published set has 6644 at 240 × 400.',
      'The resolution is the Gaussian of the covariance formulas, not the full Monte-Carlo treatment.',
      'Scores are not calibrated.',
    ],
    layout,
    intensity: { label: 'S(Q, E)', unit: '1/meV per magnetic cell' },
    classes: [
      {
        name: 'goodenough',
        label: 'Goodenough',
        description:
          'Ferromagnetic zig-zag chains of alternating Mn³⁺ and Mn⁴⁺ with one coupling along the chain.',
        file: 'pipelines/pcsmo/models/goodenough.yaml',
        parameters: [
          { name: 'J_F1', unit: 'meV', value: -11.39, prior: prior(-20, 0) },
          { name: 'J_A', unit: 'meV', value: 1.5, prior: prior(0, 3) },
          { name: 'J_F2', unit: 'meV', value: -1.35, prior: prior(-3, 3) },
          { name: 'J_F3', unit: 'meV', value: 1.5, prior: prior(-3, 3) },
          { name: 'J_perp', unit: 'meV', value: 0.88, prior: prior(0, 3) },
          { name: 'D', unit: 'meV', value: 0.074, prior: prior(0, 0.2) },
        ],
      },
      {
        name: 'dimer',
        label: 'Dimer',
        description:
          'Strong and weak couplings alternate along the chain: the Zener-polaron picture.',
        file: 'pipelines/pcsmo/models/dimer.yaml',
        parameters: [
          { name: 'J_FS', unit: 'meV', value: -14.2, prior: prior(-20, 0) },
          { name: 'J_FW', unit: 'meV', value: -8.43, prior: prior(-20, 0) },
          { name: 'J_A1', unit: 'meV', value: 1.52, prior: prior(-3, 3) },
          { name: 'J_A2', unit: 'meV', value: 1.52, prior: prior(-3, 3) },
          { name: 'J_perp', unit: 'meV', value: 0.92, prior: prior(0, 3) },
          { name: 'D', unit: 'meV', value: 0.073, prior: prior(0, 0.2) },
        ],
      },
    ],
    examples: [0, 1].flatMap((i) => [
      {
        className: 'goodenough',
        image: exampleImage(18 + 9 * i, 0.2),
        parameters: jitter(goodenough),
        row: 12 + i,
        seed: '9713402281744301982',
      },
      {
        className: 'dimer',
        image: exampleImage(15 + 12 * i, 0.9),
        parameters: jitter(dimer),
        row: 160 + i,
        seed: '1844674407370955161',
      },
    ]),
    draws: [
      {
        className: 'goodenough',
        drawn: 139,
        accepted: 120,
        rejected: { 'unstable ground state': 19 },
      },
      { className: 'dimer', drawn: 291, accepted: 120, rejected: { 'unstable ground state': 171 } },
    ],
    training: {
      network: 'cnn-gap-small',
      parameterCount: 24_866,
      inputShape: [120, 200, 1],
      preprocessing: [
        'clip to [0, 120]',
        'min-max of each image to [0, 1]',
        'mean of 2 × 2 pixels',
      ],
      lossLabel: 'cross-entropy (nats)',
      splits: [
        { name: 'training', images: 168 },
        { name: 'validation', images: 36 },
        { name: 'test', images: 36 },
      ],
      epochs: Array.from({ length: 18 }, (_, i) => ({
        epoch: i + 1,
        trainLoss: 0.69 * Math.exp(-i / 6) + 0.02 + 0.015 * random(),
        validationLoss: 0.69 * Math.exp(-i / 6.5) + 0.07 + 0.05 * random(),
        trainAccuracy: Math.min(1, 1 - 0.5 * Math.exp(-i / 4)),
        validationAccuracy: Math.min(1, 0.97 - 0.46 * Math.exp(-i / 4.5) - 0.02 * random()),
        seconds: 4.2 + 0.4 * random(),
      })),
      bestEpoch: 15,
      stoppedBecause: 'the validation loss had not fallen for 3 epochs',
      settings: { optimiser: 'adam', learningRate: 0.001, batchSize: 16, seed: 20251120 },
      backend:
        'wasm (4 SIMD threads); passed over: tensorflow (not installed), webgpu (no adapter)',
    },
    evaluation: [
      {
        split: 'test',
        description:
          'Simulated images that took no part in training; no parameter set is in two splits.',
        confusion: [
          [17, 1],
          [2, 16],
        ],
        nll: 0.214,
        ece: 0.061,
        calibration: {
          expected: { mean: 0.055, from: 0.031, to: 0.083 },
          pValue: 0.34,
          debiased: 0.027,
          sweep: 0.044,
        },
        reliability: [
          { from: 0.5, to: 0.6, count: 3, meanConfidence: 0.56, accuracy: 0.667 },
          { from: 0.6, to: 0.7, count: 2, meanConfidence: 0.66, accuracy: 0.5 },
          { from: 0.7, to: 0.8, count: 4, meanConfidence: 0.76, accuracy: 0.75 },
          { from: 0.8, to: 0.9, count: 6, meanConfidence: 0.86, accuracy: 1 },
          { from: 0.9, to: 1, count: 21, meanConfidence: 0.97, accuracy: 0.952 },
        ],
      },
    ],
    measured: {
      origin: {
        kind: 'user-file',
        path: '/data/maps/pcsmo-measured.npy',
        sha256: '30dc045bf224c7c7ec42353ff091ef2176bda0e164e4f00d4f7d6fcc9e64d55e',
        mirrored: true,
        stored: '<f8, (240, 400), Fortran order',
      },
      image: withNoise(exampleImage(20, 0.25), 9.5, 3),
      quantity: { label: 'intensity', unit: 'arb. units' },
      verdict: { className: 'goodenough', scores: { goodenough: 0.962, dimer: 0.038 } },
      bestMatch: {
        className: 'goodenough',
        image: match,
        parameters: jitter(goodenough),
        correlation: 0.7213,
        pixels: 54_174,
        definition:
          'Pearson correlation over pixels that are not zero in the measurement, its values clipped at 40; the best of 240 images of the data set',
        row: 57,
        seed: '5529104377123390184',
        candidates: [
          {
            label: 'Goodenough, best of the data set',
            className: 'goodenough',
            correlation: 0.7213,
          },
          { label: 'Dimer, best of the data set', className: 'dimer', correlation: 0.7108 },
        ],
      },
      activation: {
        method: 'Grad-CAM',
        className: 'goodenough',
        layer: 'conv4',
        map: activation.map,
        shape: [activation.shape[0], activation.shape[1]],
        signed: false,
        tileMeans: activation.tileMeans,
      },
    },
    timing: [
      { stage: 'plan', seconds: 3.1, detail: '430 draws, 240 kept' },
      { stage: 'images', seconds: 118.4, detail: '240 images, 2.03 images/s, 2 workers' },
      { stage: 'train', seconds: 81.7, detail: '18 epochs, 4.5 s an epoch' },
      { stage: 'evaluate', seconds: 4.9, detail: '36 images' },
      { stage: 'explain', seconds: 2.2 },
      { stage: 'report', seconds: 1.3 },
    ],
    provenance: {
      command:
        'npx spectraloom run pcsmo --preset quick --measured /data/maps/pcsmo-measured.npy --mirror-k',
      seeds: { plan: '20251120', split: '11', training: '20251120' },
      keys: [
        {
          name: 'planId',
          value: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
          covers: 'models, priors, design, seed',
        },
        {
          name: 'physicsKey',
          value: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
          covers: 'plan, model files, version of spinwave',
        },
        {
          name: 'instrumentKey',
          value: 'fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9',
          covers: 'spectrometer, resolution, binning, mask',
        },
      ],
      versions: { spectraloom: '0.1.0', node: 'v20.20.2', '@tensorflow/tfjs': '4.22.0' },
      machine: { processor: 'Xeon 8370C, 2 cores', memory: '8 GB', workers: 2 },
      settings: {
        plan: { rowsPerClass: 120, seed: 20251120, design: 'sobol', stabilityGrid: 8 },
        split: { validation: 0.15, test: 0.15 },
        train: { network: 'cnn-gap-small', epochs: 40, batchSize: 16, patience: 3, options: {} },
      },
      files: [
        {
          path: 'datasets/pcsmo-2c26b46b/manifest.json',
          what: 'manifest of 30 shards',
          bytes: 8213,
          sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        },
        { path: 'runs/pcsmo-quick/best.json', what: 'weights, best epoch', bytes: 101_244 },
      ],
    },
    ...replaced,
  };
}
