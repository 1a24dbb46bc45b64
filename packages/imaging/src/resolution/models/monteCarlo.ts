import { monteCarloDeviations } from '@spectraloom/instrument';
import { lineShapes } from '../../convolution/lineShape.js';
import { momentumOf } from '../../geometry/frame.js';
import { scatteringAt } from '../covarianceTable.js';
import { covarianceTable } from '../covarianceTable.js';
import type { ResolutionModel, ResolutionRequest } from '../model.js';

const energies = 5;
/** Positions in h and k whose deviations are taken together for the shape, fractions of the range. */
const positions = [0.3, 0.5, 0.7];

/**
 * Deviations drawn from the true distributions of the instrument (skewed moderator pulse, chopper
 * transmission, uniform lengths), at several energies: the standardised shapes of their h and k
 * and of the part of E that h and k do not explain. Peaks are then spread with these shapes and
 * the covariance of every (h, k, E), by integration instead of by samples of the image.
 */
export const monteCarlo: ResolutionModel = {
  name: 'monteCarlo',
  description: 'true distributions of moderator, chopper, sample and detector, drawn by `samples`',
  prepare(request) {
    const { ranges } = request;
    const [low, high] = ranges.energyMeV;
    const step = (high - low) / (energies - 1);
    const h: Float64Array[] = [];
    const k: Float64Array[] = [];
    const e: Float64Array[] = [];
    for (let n = 0; n < energies; n++) {
      const drawn = standardised(request, low + n * step, n);
      h.push(drawn.h);
      k.push(drawn.k);
      e.push(drawn.e);
    }
    return {
      table: covarianceTable(request.machine, request.frame, ranges),
      shapes: {
        h: lineShapes(h, low, step),
        k: lineShapes(k, low, step),
        e: lineShapes(e, low, step),
      },
    };
  },
};

/** Deviations of the pixel from the truth (minus those of Q and E), standardised, all positions. */
function standardised(
  { machine, frame, ranges, samples, seed }: ResolutionRequest,
  energyMeV: number,
  node: number,
): { h: Float64Array; k: Float64Array; e: Float64Array } {
  const places = positions.flatMap((u) => positions.map((v) => [u, v] as const));
  const each = Math.max(1, Math.ceil(samples / places.length));
  const total = each * places.length;
  const out = {
    h: new Float64Array(total),
    k: new Float64Array(total),
    e: new Float64Array(total),
  };
  const m = frame.spectrometerToImage;
  places.forEach(([u, v], place) => {
    let x = ranges.h[0] + u * (ranges.h[1] - ranges.h[0]);
    let y = ranges.k[0] + v * (ranges.k[1] - ranges.k[0]);
    while (!momentumOf(frame, machine.eiMeV, x, y, energyMeV)) {
      x *= 0.9;
      y *= 0.9;
    }
    const point = scatteringAt(machine, frame, x, y, energyMeV);
    const d = monteCarloDeviations(machine, point, each, {
      seed: seed * 1009 + node * places.length + place,
    });
    const sums = new Float64Array(6);
    const at = new Float64Array(3 * each);
    for (let n = 0; n < each; n++) {
      for (let r = 0; r < 2; r++) {
        at[3 * n + r] = -(
          m[3 * r]! * d[4 * n]! +
          m[3 * r + 1]! * d[4 * n + 1]! +
          m[3 * r + 2]! * d[4 * n + 2]!
        );
      }
      at[3 * n + 2] = -d[4 * n + 3]!;
      const [dh, dk, de] = [at[3 * n]!, at[3 * n + 1]!, at[3 * n + 2]!];
      [dh * dh, dh * dk, dk * dk, dh * de, dk * de, de * de].forEach((s, i) => {
        sums[i] = sums[i]! + s / each;
      });
    }
    const [hh, hk, kk, he, ke] = sums as unknown as [number, number, number, number, number];
    const determinant = hh * kk - hk * hk;
    const onH = (he * kk - ke * hk) / determinant;
    const onK = (ke * hh - he * hk) / determinant;
    const sdE = Math.sqrt(sums[5]! - onH * he - onK * ke);
    for (let n = 0; n < each; n++) {
      const to = place * each + n;
      out.h[to] = at[3 * n]! / Math.sqrt(hh);
      out.k[to] = at[3 * n + 1]! / Math.sqrt(kk);
      out.e[to] = (at[3 * n + 2]! - onH * at[3 * n]! - onK * at[3 * n + 1]!) / sdE;
    }
  });
  return out;
}
