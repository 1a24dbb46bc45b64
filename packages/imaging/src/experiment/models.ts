import { boseLoss } from '@spectraloom/spinwave';
import type { PixelCentres } from '../geometry/pixelCentres.js';
import type { Random } from '../random/xoshiro.js';
import type { ImageLayout } from '../spec/layout.js';
import type { ExperimentStep } from './schema.js';

/** What the models need to know of an image. */
export interface ExperimentContext {
  readonly layout: ImageLayout;
  readonly centres: PixelCentres;
  /** 1 = masked: stays 0. */
  readonly mask: Uint8Array;
}

type Step<M extends ExperimentStep['model']> = Extract<ExperimentStep, { model: M }>;

/** Bilinear shift and rotation of every tile. */
function misaligned(
  image: Float32Array,
  { layout, mask }: ExperimentContext,
  step: Step<'misalignment'>,
): Float32Array {
  const { h, k } = layout;
  const out = new Float32Array(image.length);
  const angle = (step.rotationDeg * Math.PI) / 180;
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  const centreH = h.low + (h.count * h.width) / 2;
  const centreK = k.low + (k.count * k.width) / 2;
  const clamp = (v: number, n: number): number => Math.min(Math.max(v, 0), n - 1.000001);
  for (const { block, slice } of layout.tiles) {
    const value = (i: number, j: number): number => image[layout.index(block, slice, i, j)]!;
    for (let i = 0; i < h.count; i++) {
      for (let j = 0; j < k.count; j++) {
        const at = layout.index(block, slice, i, j);
        if (mask[at]) continue;
        // The point that lands on this pixel.
        const y = h.low + (i + 0.5) * h.width - step.shiftH - centreH;
        const x = k.low + (j + 0.5) * k.width - step.shiftK - centreK;
        const u = clamp((centreH + c * y - s * x - h.low) / h.width - 0.5, h.count);
        const v = clamp((centreK + s * y + c * x - k.low) / k.width - 0.5, k.count);
        const iu = Math.floor(u);
        const jv = Math.floor(v);
        const fu = u - iu;
        const fv = v - jv;
        out[at] =
          (1 - fu) * ((1 - fv) * value(iu, jv) + fv * value(iu, jv + 1)) +
          fu * ((1 - fv) * value(iu + 1, jv) + fv * value(iu + 1, jv + 1));
      }
    }
  }
  return out;
}

/** One step on a copy of the image; masked pixels stay 0. `random` is the step's own generator. */
export function applyStep(
  image: Float32Array,
  context: ExperimentContext,
  step: ExperimentStep,
  random: Random,
): Float32Array {
  const { mask, centres } = context;
  const each = (f: (value: number, pixel: number) => number): Float32Array =>
    image.map((value, pixel) => (mask[pixel] ? 0 : f(value, pixel)));
  const energy = (pixel: number): number => centres.energyMeV[pixel]!;
  const fraction = (pixel: number): number => energy(pixel) / centres.eiMeV[pixel]!;
  switch (step.model) {
    case 'scale':
      return each((v) => v * step.factor);
    case 'damping':
      return each((v, p) => {
        const above = 1 / (1 + Math.exp(-(energy(p) - step.centreMeV) / step.widthMeV));
        return v * (1 + (step.factor - 1) * above);
      });
    case 'flat-background':
      return each((v) => v + step.level);
    case 'sloping-background':
      return each((v, p) => v + Math.max(0, step.level * (1 + step.slope * (fraction(p) - 0.5))));
    case 'elastic-tail':
      return each((v, p) => v + step.amplitude * Math.exp(-fraction(p) / step.widthFraction));
    case 'phonons':
      return each((v, p) => {
        const q = centres.qAngstromInv[p]!;
        if (Number.isNaN(q)) return v;
        const e = energy(p);
        return v + ((step.amplitude * q * q) / e) * boseLoss(e, step.temperatureKelvin);
      });
    case 'misalignment':
      return misaligned(image, context, step);
    case 'counting-noise':
      return each((v) => random.poisson(v * step.countsPerUnit) / step.countsPerUnit);
    case 'dead-pixels':
      return each((v) => (random.uniform() < step.fraction ? 0 : v));
  }
}
