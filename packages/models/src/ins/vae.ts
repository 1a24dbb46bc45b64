import {
  initializers,
  input,
  layers,
  type LayersModel,
  model,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { FirstHalf } from '../layers/pointwise.js';
import { seedFor } from '../layers/seeds.js';
import type { NetworkDefinition } from '../network.js';
import { type CommonOptions, commonOptions } from '../options.js';
import { tileOf } from './trunks.js';

interface VaeOptions extends CommonOptions {
  /** Size of the code: means and log-variances, that many of each. */
  latents: number;
  /** Images with every tile folded onto a quarter: a quarter of the pixels and of the cost. */
  folded: boolean;
  /** Means of so many pixels along both axes, after folding; 1: none. */
  average: number;
  /** Filters of the outer and the inner convolution, on both sides. */
  filters: [number, number];
}

const count = z.int().min(1).max(1024);

const options: z.ZodType<VaeOptions, unknown> = z
  .strictObject({
    ...commonOptions,
    classes: z.array(z.string()).max(1024).default([]),
    latents: count.default(20),
    folded: z.boolean().default(false),
    average: z.int().min(1).max(16).default(1),
    filters: z.tuple([count, count]).default([32, 64]),
  })
  .refine(
    ({ inputShape: [rows, cols] }) => rows % 4 === 0 && cols % 4 === 0 && rows >= 12 && cols >= 12,
    'rows and columns must be multiples of 4, 12 or more',
  );

/** Rows or columns after a valid convolution of 4 pixels with stride 2. */
const halved = (n: number) => Math.floor((n - 4) / 2) + 1;

/**
 * The variational autoencoder that cleans images (Kingma and Welling, ICLR 2014; layers as in
 * Butler et al. 2021): image -> code of 20 means and log-variances -> linear outputs, whose sigmoid
 * is the clean image. 18,682,377 weights at 240 x 400 pixels. As a network it decodes the mean of
 * the code; `fitDenoiser` draws from the code while it trains.
 */
export const vaeDenoiser: NetworkDefinition<VaeOptions> = {
  name: 'vae-denoiser',
  kind: 'autoencoder',
  options,
  head: 'sigmoid',
  mapLayer: 'encode2',
  featureLayer: 'code',
  parameters({ inputShape: [rows, cols, channels], latents, filters: [f, g] }) {
    const flat = halved(halved(rows)) * halved(halved(cols)) * g;
    const small = (rows / 4) * (cols / 4) * f;
    const encoder = (16 * channels + 1) * f + (16 * f + 1) * g + (flat + 1) * 2 * latents;
    const decoder = (latents + 1) * small + (16 * f + 1) * g + (16 * g + 1) * f;
    return encoder + decoder + (9 * f + 1) * channels;
  },
  build({ inputShape: [rows, cols, channels], latents, filters: [f, g], seed }): LayersModel {
    const x = input({ shape: [rows, cols, channels], name: 'image' });
    const init = (name: string) => ({
      name,
      kernelInitializer: initializers.glorotUniform({ seed: seedFor(seed, name) }),
    });
    const down = (name: string, filters: number) =>
      layers.conv2d({ ...init(name), filters, kernelSize: 4, strides: 2, activation: 'relu' });
    const up = (name: string, filters: number) =>
      layers.conv2dTranspose({
        ...init(name),
        ...{ filters, kernelSize: 4, strides: 2, padding: 'same', activation: 'relu' },
      });
    const stack: layers.Layer[] = [
      down('encode1', f),
      down('encode2', g),
      layers.flatten({ name: 'flatten' }),
      layers.dense({ ...init('code'), units: 2 * latents }),
      new FirstHalf({ name: 'mean' }),
      layers.dense({ ...init('spread'), units: (rows / 4) * (cols / 4) * f, activation: 'relu' }),
      layers.reshape({ name: 'unflatten', targetShape: [rows / 4, cols / 4, f] }),
      up('decode1', g),
      up('decode2', f),
      layers.conv2dTranspose({
        ...init('logits'),
        ...{ filters: channels, kernelSize: 3, padding: 'same' },
      }),
    ];
    const outputs = stack.reduce((y, layer) => layer.apply(y) as SymbolicTensor, x);
    return model({ inputs: x, outputs, name: 'vae-denoiser' });
  },
  /** Between 0 and 1, as a sigmoid's target must be. */
  preprocessing: (imageShape, { folded, average }) => ({
    imageShape,
    steps: [
      { step: 'clip', min: 0, max: 120 },
      ...(folded === true ? [{ step: 'fold' as const, ...tileOf(imageShape) }] : []),
      ...(typeof average === 'number' && average > 1
        ? [{ step: 'downsample' as const, rows: average, cols: average }]
        : []),
      { step: 'min-max' },
    ],
  }),
};
