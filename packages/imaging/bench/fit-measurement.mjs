// How like the measurement a simulation can be made, and what limits it: docs/measurement.md.
//   npx tsc -b packages/imaging/tsconfig.lib.json
//   node packages/imaging/bench/fit-measurement.mjs [measured.npy] [--table]
// Least squares of  scale S (1 + (f - 1) L(E)) + flat + slope E/Ei + tail exp(-E / w Ei) + phonons Q^2/E
// over the pixels that are not 0 in the measurement (mirrored in k, clipped at 40): the models of
// `spectraloom image --add`. Width, place and mosaic are searched on a grid, the rest is linear.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { correlation, imagerFromJob, measurementCorrelation, mirrorK } from '../dist/index.js';

const args = process.argv.slice(2);
const withTable = args.includes('--table');
const path =
  args.find((a) => !a.startsWith('--')) ??
  `${process.env.SPECTRALOOM_SHARED ?? new URL('../../../../shared', import.meta.url).pathname}/data/pcsmo/measured.npy`;
const folder = new URL('../../../pipelines/pcsmo/', import.meta.url);
const read = (name) => readFileSync(new URL(name, folder), 'utf8');
const clip = 40;

/** A (240, 400) float64 image of a NumPy v1 file. */
function npy(file) {
  const bytes = readFileSync(file);
  const length = bytes.readUInt16LE(8);
  const fortran = bytes.subarray(10, 10 + length).includes("'fortran_order': True");
  const out = new Float64Array(240 * 400);
  for (let i = 0; i < 240; i++)
    for (let j = 0; j < 400; j++)
      out[i * 400 + j] = bytes.readDoubleLE(
        10 + length + 8 * (fortran ? j * 240 + i : i * 400 + j),
      );
  return out;
}

const image = { ...parse(read('pipeline.yaml')).image, scale: 1, resolution: 'monteCarlo' };
const simulate = (model, more) => {
  const { imager, parameterVector } = imagerFromJob({
    modelText: read(`models/${model}.yaml`),
    instrument: { name: 'maps' },
    spec: { ...image, mask: 'none', ...more },
  });
  return { imager, values: imager.simulate(parameterVector()) };
};
const { imager } = simulate('goodenough', {});
const { layout, centres } = imager;
const measured = mirrorK(npy(path), layout);
const n = measured.length;
const live = [];
for (let i = 0; i < n; i++) if (measured[i] !== 0) live.push(i);
const y = Float64Array.from(live, (i) => Math.min(measured[i], clip));
const energy = (i) => centres.energyMeV[i];
const fraction = (i) => energy(i) / centres.eiMeV[i];

/** Least squares of y by columns; with `positive`, columns of negative weight are left out. */
function fit(columns, positive) {
  let used = columns.map((_, c) => c);
  for (;;) {
    const m = used.length;
    const a = Array.from({ length: m }, () => new Float64Array(m + 1));
    for (let r = 0; r < y.length; r++) {
      for (let i = 0; i < m; i++) {
        const v = columns[used[i]][r];
        for (let j = 0; j <= i; j++) a[i][j] += v * columns[used[j]][r];
        a[i][m] += v * y[r];
      }
    }
    for (let i = 0; i < m; i++) for (let j = i + 1; j < m; j++) a[i][j] = a[j][i];
    for (let i = 0; i < m; i++) {
      let pivot = i;
      for (let r = i; r < m; r++) if (Math.abs(a[r][i]) > Math.abs(a[pivot][i])) pivot = r;
      [a[i], a[pivot]] = [a[pivot], a[i]];
      for (let r = 0; r < m; r++) {
        if (r === i) continue;
        const f = a[r][i] / a[i][i];
        for (let c = i; c <= m; c++) a[r][c] -= f * a[i][c];
      }
    }
    const x = a.map((row, i) => row[m] / row[i]);
    const bad = used.findIndex((c, i) => positive[c] && x[i] < 0);
    if (bad >= 0) {
      used = used.filter((_, i) => i !== bad);
      continue;
    }
    const weights = columns.map((_, c) => (used.includes(c) ? x[used.indexOf(c)] : 0));
    const values = y.map((_, r) => weights.reduce((t, w, c) => t + w * columns[c][r], 0));
    return { weights, values, correlation: correlation(values, y) };
  }
}

const column = (f) => Float64Array.from(live, f);
const one = column(() => 1);
const slope = column((i) => fraction(i) - 0.5);
const phonons = column((i) => centres.qAngstromInv[i] ** 2 / energy(i));
const tail = (w) => column((i) => Math.exp(-fraction(i) / w));
const logistic = (c, w) => column((i) => 1 / (1 + Math.exp(-(energy(i) - c) / w)));

/** The best fit over the places and widths allowed. */
function best(values, { background = true, damping = true, perEi = false } = {}) {
  const s = column((i) => values[i]);
  let found;
  for (const w of background ? [0.05, 0.1, 0.2] : [0.1]) {
    for (const [c, d] of damping ? dampings : [[0, 0]]) {
      const columns = [s, one];
      const positive = [true, true];
      const names = ['S', 'flat'];
      const push = (name, values_, sign) => {
        names.push(name);
        columns.push(values_);
        positive.push(sign);
      };
      if (background) {
        push('slope', slope, false);
        push('tail', tail(w), true);
        push('phonons', phonons, true);
      }
      if (damping) {
        const l = logistic(c, d);
        push(
          'S L',
          s.map((v, r) => v * l[r]),
          false,
        );
      }
      if (perEi) {
        for (const { eiMeV } of image.incident.slice(1)) {
          const there = column((i) => (centres.eiMeV[i] === eiMeV ? 1 : 0));
          push(
            `S at ${eiMeV}`,
            s.map((v, r) => v * there[r]),
            false,
          );
          push(`flat at ${eiMeV}`, there, false);
        }
      }
      const f = { ...fit(columns, positive), names, tailWidth: w, centreMeV: c, widthMeV: d };
      if (!found || f.correlation > found.correlation) found = f;
    }
  }
  return found;
}
const dampings = [15, 20, 25, 30, 35, 40, 50, 60].flatMap((c) => [2, 5, 10].map((w) => [c, w]));

const say = (label, value) => console.log(`${label.padEnd(66)} ${value.toFixed(4)}`);
const describe = (f) => {
  const w = Object.fromEntries(f.names.map((name, i) => [name, f.weights[i]]));
  const damped =
    'S L' in w
      ? `, damping at ${f.centreMeV} meV width ${f.widthMeV} meV to ${(1 + w['S L'] / w.S).toFixed(2)}`
      : '';
  return `scale ${w.S.toFixed(2)}, flat ${w.flat.toFixed(2)}${'slope' in w ? `, slope ${w.slope.toFixed(2)}, tail ${w.tail.toFixed(2)} (width ${f.tailWidth} Ei), phonons ${w.phonons.toFixed(3)}` : ''}${damped}`;
};

const results = {};
for (const model of ['goodenough', 'dimer']) {
  console.log(`\n${model}`);
  const plain = simulate(model, {}).values;
  say('as it comes', measurementCorrelation(plain, measured, clip));
  const masked = simulate(model, { mask: 'coverage' });
  say(
    'as it comes, 0 where the computed coverage has no detector',
    measurementCorrelation(masked.values, measured, clip),
  );
  const inside = measured.map((v, i) => (masked.imager.mask[i] ? 0 : v));
  say('as it comes, without those pixels', measurementCorrelation(plain, inside, clip));
  const b = best(plain, { damping: false });
  say('+ background (flat, slope, elastic tail, phonons)', b.correlation);
  const d = best(plain);
  say('+ damping', d.correlation);
  console.log(`    ${describe(d)}`);
  let top;
  for (const mosaicFwhmDeg of [0, 1, 2, 3, 4, 5]) {
    for (const intrinsicFwhmMeV of [0.1, 1, 2, 3]) {
      const values = simulate(model, { mosaicFwhmDeg, intrinsicFwhmMeV }).values;
      const f = best(values);
      if (!top || f.correlation > top.correlation)
        top = { ...f, values0: values, mosaicFwhmDeg, intrinsicFwhmMeV };
    }
  }
  say(
    `+ mosaic ${top.mosaicFwhmDeg} deg, intrinsic FWHM ${top.intrinsicFwhmMeV} meV`,
    top.correlation,
  );
  console.log(`    ${describe(top)}`);
  const free = best(top.values0, { perEi: true });
  say('+ scale and flat background of each Ei by themselves', free.correlation);
  results[model] = { plain, top, free };
}

// Noise: pairs of pixels that symmetry makes equal. r of the pairs is the share of the variance that
// repeats; no model can correlate better than sqrt(r) with one of the two.
const { h, k } = layout;
const symmetric = [
  ['(-h, -k)', (i, j) => [h.count - 1 - i, k.count - 1 - j]],
  ['(-h, k)', (i, j) => [h.count - 1 - i, j]],
  ['(h, -k)', (i, j) => [i, k.count - 1 - j]],
];
console.log('\npixels that symmetry makes equal, both not 0');
const pairs = (turn, select = () => true) => {
  const [a, b] = [[], []];
  for (const { block, slice } of layout.tiles) {
    if (!select(block, slice)) continue;
    for (let i = 0; i < h.count; i++) {
      for (let j = 0; j < k.count; j++) {
        const [u, v] = turn(i, j);
        const [p, q] = [layout.index(block, slice, i, j), layout.index(block, slice, u, v)];
        if (p === q || measured[p] === 0 || measured[q] === 0) continue;
        a.push(p);
        b.push(q);
      }
    }
  }
  return [a, b];
};
const of = (values, pixels) => pixels.map((i) => Math.min(values[i], clip));
for (const [name, turn] of symmetric) {
  const [a, b] = pairs(turn);
  const r = correlation(of(measured, a), of(measured, b));
  const s = correlation(of(results.goodenough.plain, a), of(results.goodenough.plain, b));
  const { plain, top } = results.goodenough;
  const fitted = new Float64Array(n);
  live.forEach((i, at) => (fitted[i] = top.values[at]));
  console.log(
    `${name.padEnd(9)} ${a.length} pixels: measured r = ${r.toFixed(4)}, ceiling sqrt(r) = ${Math.sqrt(r).toFixed(4)}; simulated r = ${s.toFixed(4)}; on these pixels S ${correlation(of(plain, a), of(measured, a)).toFixed(4)}, fitted ${correlation(of(fitted, a), of(measured, a)).toFixed(4)}`,
  );
}
const at = (x) => (Number.isFinite(x) ? x.toFixed(2) : '  - ');
if (withTable) {
  const fitted = new Float64Array(n);
  live.forEach((i, r) => (fitted[i] = results.goodenough.top.values[r]));
  console.log('\nby tile: correlation of the fit / ceiling sqrt(r) of the (-h, -k) pairs');
  for (let block = 0; block < layout.blocks; block++) {
    const row = [];
    for (let slice = 0; slice < layout.slices; slice++) {
      const [a, b] = pairs(symmetric[0][1], (x, z) => x === block && z === slice);
      const r = correlation(of(measured, a), of(measured, b));
      row.push(
        `${at(correlation(of(fitted, a), of(measured, a)))}/${at(Math.sqrt(Math.max(0, r)))}`,
      );
    }
    console.log(`${String(image.incident[block].eiMeV).padStart(4)} meV  ${row.join('  ')}`);
  }
}
