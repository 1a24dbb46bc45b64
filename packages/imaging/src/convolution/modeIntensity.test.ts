import { expect, test } from 'vitest';
import { Random } from '../random/xoshiro.js';
import { formFactorTable, type SiteGroups } from '../spectra/siteGroups.js';
import { ModeIntensity } from './modeIntensity.js';

const random = new Random(7);
const draw = (n: number): Float64Array =>
  Float64Array.from({ length: n }, () => 2 * random.uniform() - 1);

/** Five sites out of order in four groups: two ions on three layers. */
const ofSite = [2, 0, 3, 0, 1];
const ion = [0, 1, 1, 0];
const layer = [0, 1, 2, 1];
const heights = [0.13, -0.41, 2.7];
const toLab = draw(9);
const factors = [formFactorTable('Mn3', 8), formFactorTable('Cu2', 8)];
const plainG = [1, 0, 0, 0, 1, 0, 0, 0, 1];

test.each([
  ['plain', ofSite.flatMap(() => plainG)],
  ['general', Array.from(draw(45))],
])('S_perp is that of the sum over the sites one by one, %s g', (_, halfG) => {
  const groups: SiteGroups = {
    count: 4,
    ofSite: Int32Array.from(ofSite),
    ion: Int32Array.from(ion),
    layer: Int32Array.from(layer),
    heights: Float64Array.from(heights),
    halfG: Float64Array.from(halfG),
    factors,
  };
  const intensity = new ModeIntensity(groups, 5, toLab);
  const before = 11;
  const amplitudes = draw(before + 30);
  intensity.site.set(draw(10));
  intensity.gather(amplitudes, before);
  for (const [qx, qy, qz, along] of [
    [0.3, 1.2, -0.4, 0.77],
    [-2.1, 0.1, 0.9, -31.4159],
    [0, 0, 3.3, 1e4 + 0.123],
  ] as const) {
    const q = [qx, qy, qz];
    const q2 = qx * qx + qy * qy + qz * qz;
    // M in the lab by components, real and imaginary, with exact phases.
    const m = q.map(() => [0, 0] as [number, number]);
    ofSite.forEach((g, j) => {
      const table = factors[ion[g]!]!.values;
      const node = Math.floor(q2 * 50);
      const f = table[node]! + (q2 * 50 - node) * (table[node + 1]! - table[node]!);
      const angle = -2 * Math.PI * along * (heights[layer[g]!]! - heights[0]!);
      const [cr, ci] = [f * Math.cos(angle), f * Math.sin(angle)];
      const [sr, si] = [intensity.site[2 * j]!, intensity.site[2 * j + 1]!];
      const [pr, pi] = [cr * sr - ci * si, cr * si + ci * sr];
      for (let x = 0; x < 3; x++) {
        for (let y = 0; y < 3; y++) {
          for (let z = 0; z < 3; z++) {
            const w = toLab[3 * x + y]! * halfG[9 * j + 3 * y + z]!;
            const [ar, ai] = [
              amplitudes[before + 6 * j + 2 * z]!,
              amplitudes[before + 6 * j + 2 * z + 1]!,
            ];
            m[x]![0] += w * (pr * ar - pi * ai);
            m[x]![1] += w * (pr * ai + pi * ar);
          }
        }
      }
    });
    let whole = 0;
    const onQ = [0, 0];
    m.forEach(([re, im], x) => {
      whole += re * re + im * im;
      onQ[0]! += q[x]! * re;
      onQ[1]! += q[x]! * im;
    });
    const expected = whole - (onQ[0]! ** 2 + onQ[1]! ** 2) / q2;
    // The angle itself carries 1e4 turns times the spacing of doubles: 1e-11.
    expect(Math.abs(intensity.at(qx, qy, qz, along) / expected - 1)).toBeLessThan(
      Math.abs(along) > 100 ? 1e-9 : 1e-12,
    );
  }
});
