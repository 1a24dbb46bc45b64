import { dot, IDENTITY, matScale, type Mat3 } from '../../crystal/geometry.js';
import type { Bond } from '../../model/types.js';
import type { ExpansionBuilder } from './expansion.js';
import type { LocalFrame } from './localFrames.js';

/**
 * B (S_i.S_j)^2, expanded about X0 = S_i S_j e3_i.e3_j.
 *
 * 'quantum': the identity (S_i.S_j)^2 = Q_i:Q_j - S_i.S_j / 2 + S_i(S_i+1) S_j(S_j+1) / 3 with
 * quadrupoles Q whose coherent-state value is (1 - 1/2S) times the classical one (Dahlbom et al.,
 * arXiv:2304.03874): the classical square times c = (1 - 1/2S_i)(1 - 1/2S_j), minus half the
 * bilinear term. Right for any S (for S = 1/2 it is the exact 3/16 - S_i.S_j / 2).
 * 'classical': c = 1 and nothing else; the large-S limit, which SpinW takes.
 */
export function addBiquadratic(
  builder: ExpansionBuilder,
  bond: Bond,
  convention: 'quantum' | 'classical',
  frameJ: LocalFrame,
  back: Mat3 | undefined,
): void {
  const { from: i, to: j } = bond;
  const si = builder.spins[i]!;
  const sj = builder.spins[j]!;
  const fi = builder.frames[i]!;
  const quantum = convention === 'quantum';
  const c = quantum ? (1 - 0.5 / si) * (1 - 0.5 / sj) : 1;
  const x0 = si * sj * dot(fi.e3, frameJ.e3);
  // First-order part of S_i.S_j: alpha a_i + beta a_j + h.c.
  const ri = Math.sqrt(si / 2) * sj;
  const rj = Math.sqrt(sj / 2) * si;
  const alphaRe = ri * dot(fi.e1, frameJ.e3);
  const alphaIm = -ri * dot(fi.e2, frameJ.e3);
  const betaRe = rj * dot(frameJ.e1, fi.e3);
  const betaIm = -rj * dot(frameJ.e2, fi.e3);
  for (const term of bond.biquadratic ?? []) {
    const p = builder.index(term.parameter);
    const b = term.factor;
    const slope = 2 * b * c * x0 - (quantum ? b / 2 : 0);
    builder.addBilinear(p, i, j, bond.cell, matScale(IDENTITY, slope), frameJ, back);
    // addBilinear counted slope * x0; the energy is b c x0^2 (- b x0 / 2 + constants).
    let energy = -b * c * x0 * x0;
    if (quantum) {
      energy += (b * (si * (si + 1) * sj * (sj + 1) - c * si * si * sj * sj)) / 3;
    }
    builder.addEnergy(p, energy);
    const f = 2 * b * c;
    const { form } = builder;
    form.addOnSite(i, p, f * (alphaRe * alphaRe + alphaIm * alphaIm));
    form.addOnSite(j, p, f * (betaRe * betaRe + betaIm * betaIm));
    form.addOnSitePair(
      i,
      p,
      f * (alphaRe * alphaRe - alphaIm * alphaIm),
      -2 * f * alphaRe * alphaIm,
    );
    form.addOnSitePair(j, p, f * (betaRe * betaRe - betaIm * betaIm), -2 * f * betaRe * betaIm);
    // conj(alpha) beta a_i^dagger a_j and conj(alpha) conj(beta) a_i^dagger a_j^dagger
    form.addNormal(
      i,
      j,
      bond.cell,
      p,
      f * (alphaRe * betaRe + alphaIm * betaIm),
      f * (alphaRe * betaIm - alphaIm * betaRe),
    );
    form.addAnomalous(
      i,
      j,
      bond.cell,
      p,
      f * (alphaRe * betaRe - alphaIm * betaIm),
      -f * (alphaRe * betaIm + alphaIm * betaRe),
    );
  }
}
