import { beforeAll, describe, expect, it } from 'vitest';
import { toMatrix, toRows } from '../data/matrix.js';
import { randomStream } from '../data/random.js';
import type { Samples } from '../data/samples.js';
import { lqFactors, multiply, transposed } from '../directions/orthonormal.js';
import { projectedVariance } from '../directions/projectedVariance.js';
import { applyNet, newNet } from '../mlp/network.js';
import {
  alignment,
  normals,
  plantedFirst,
  plantedSamples,
  plantedSecond,
  quick,
  shuffledSpectra,
} from '../planted.fixture.js';
import { loadInterpreter, saveInterpreter } from '../save.js';
import { fitInterpreter } from './fit.js';
import type { Interpreter, MethodName } from './interpreter.js';
import { canonicalBasis } from './nnca.js';
import { prepare } from './prepare.js';
import { searchEmulator } from './searchEmulator.js';

const data = plantedSamples(600, { noise: 0.01 });
let emulator: Interpreter;
beforeAll(async () => {
  emulator = await fitInterpreter('emulator', data, quick);
});
const maxDifference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (v, i) => Math.abs(v - b[i])));
const largest = (m: { data: Float64Array }) => Math.max(...m.data.map(Math.abs));

describe('planted directions', () => {
  let eca: Interpreter;
  let nnca: Interpreter;
  let ednn: Interpreter;
  beforeAll(async () => {
    eca = await fitInterpreter('eca', data, { components: 2, emulator });
    nnca = await fitInterpreter('nnca', data, { ...quick, components: 2 });
    ednn = await fitInterpreter('ednn', data, {
      components: 2,
      training: quick.training,
      encoderHidden: [24],
      decoderHidden: [24, 24],
    });
  });
  const rho = (f: Interpreter) => f.score(data.test).rho;

  it('are found by ECA and NNCA, one by one and in order', () => {
    for (const fitted of [eca, nnca]) {
      expect(alignment(fitted.basis!.data.subarray(0, 4), plantedFirst)).toBeGreaterThan(0.99);
      expect(alignment(fitted.basis!.data.subarray(4), plantedSecond)).toBeGreaterThan(0.99);
      expect(largest(fitted.basis!)).toBe(Math.max(...fitted.basis!.data));
      const gram = multiply(fitted.basis!, transposed(fitted.basis!));
      expect(maxDifference(gram.data, [1, 0, 0, 1])).toBeLessThan(1e-12);
    }
  });

  it('give nearly all of the variance with two components, as the emulator with four', () => {
    expect(rho(emulator)).toBeGreaterThan(0.97);
    for (const fitted of [eca, nnca, ednn]) {
      expect(rho(fitted)).toBeGreaterThan(0.96);
      expect(fitted.score(data.test).scaling).toBe('global');
    }
  });

  it('leave out what does not matter: project keeps the planted coordinates, drops the others', () => {
    const z = normals(20, 4, 77);
    const projected = nnca.project(z);
    const { mean } = nnca.parts.inputScale;
    // The fourth input does nothing: it falls back to its mean.
    for (let i = 0; i < 20; i++)
      expect(Math.abs(projected.data[4 * i + 3] - mean[3])).toBeLessThan(0.15);
    const twice = nnca.project(projected);
    expect(maxDifference(twice.data, projected.data)).toBeLessThan(1e-10);
    expect(maxDifference(nnca.predict(projected).data, nnca.predict(z).data)).toBeLessThan(1e-9);
  });

  it('are read back from spectra', () => {
    for (const fitted of [eca, nnca, ednn]) {
      const known = fitted.transform(data.test.structures);
      const read = fitted.inverse(fitted.predict(data.test.structures));
      const spectrum = fitted.decode(read);
      // The spectrum is met whether or not two structures share it ...
      expect(maxDifference(spectrum.data, fitted.decode(known).data)).toBeLessThan(1e-4);
      // ... and nearly all codes are those that made it.
      const same = Array.from({ length: known.rows }, (_, i) =>
        Math.hypot(
          known.data[2 * i] - read.data[2 * i],
          known.data[2 * i + 1] - read.data[2 * i + 1],
        ),
      ).filter((d) => d < 1e-3).length;
      expect(same / known.rows).toBeGreaterThan(0.9);
    }
    const read = nnca.reconstruct(data.test.spectra);
    const along = (m: { data: Float64Array }, i: number) =>
      plantedFirst.reduce((s, v, a) => s + v * m.data[4 * i + a], 0);
    const errors = Array.from({ length: read.rows }, (_, i) =>
      Math.abs(along(read, i) - along(data.test.structures, i)),
    ).sort((a, b) => a - b);
    expect(errors[Math.floor(errors.length / 2)]).toBeLessThan(0.05);
  });

  it('expand(transform(x)) is project(x), predict is decode(transform), for all methods', async () => {
    const fitted = [emulator, eca, nnca, ednn];
    for (const method of ['linear', 'pls', 'pca'] as const)
      fitted.push(await fitInterpreter(method, data, { components: 2 }));
    const x = toRows(data.test.structures);
    for (const f of fitted) {
      const t = f.transform(x);
      expect([t.rows, t.columns]).toEqual([x.length, f.components]);
      expect(f.expand(toRows(t))).toEqual(f.project(x));
      expect(f.decode(t)).toEqual(f.predict(x));
      expect(f.predict(x).columns).toBe(24);
      expect(f.reconstruct(data.test.spectra).columns).toBe(4);
    }
  });

  it('component 1 of NNCA alone covers the most of any direction in its plane', () => {
    const { parts } = nnca;
    const { x, y, total, outside } = prepare(data, 'global', parts);
    const t = applyNet(parts.encoder, x);
    const alone = projectedVariance(parts.decoder, t, y, { total, outside });
    const none = { data: new Float64Array(0), rows: 0, columns: 2 };
    const at = (angle: number) =>
      alone.at(none, Float64Array.of(Math.cos(angle), Math.sin(angle))).rho;
    const first = at(0);
    for (let i = 1; i < 180; i++) expect(at((i * Math.PI) / 180)).toBeLessThanOrEqual(first + 1e-9);
  });

  it('ECA goes on from component n, and its first ones stay', async () => {
    const more = await fitInterpreter('eca', data, { components: 4, continueFrom: eca });
    expect(Array.from(more.basis!.data.subarray(0, 8))).toEqual(Array.from(eca.basis!.data));
    const whole = await fitInterpreter('eca', data, { components: 4, emulator });
    expect(maxDifference(whole.basis!.data, more.basis!.data)).toBeLessThan(1e-6);
  });

  it('is saved and loaded to the last bit', () => {
    for (const fitted of [emulator, eca, nnca, ednn]) {
      const loaded = loadInterpreter(JSON.parse(JSON.stringify(saveInterpreter(fitted))));
      expect(loaded.parts).toEqual(fitted.parts);
      expect(loaded.predict(data.test.structures)).toEqual(fitted.predict(data.test.structures));
    }
    const cut = saveInterpreter(nnca);
    expect(() =>
      loadInterpreter({
        ...cut,
        decoder: { ...cut.decoder, layers: [{ ...cut.decoder.layers[0], weights: 'AAAA' }] },
      }),
    ).toThrow(/not a saved interpreter.*3 bytes/);
    expect(() => loadInterpreter({ a: 1 })).toThrow(/not a saved interpreter/);
  });
});

describe('as many components as inputs', () => {
  it('rho equals the full emulator to 1e-6 (measured: rounding), for ECA, NNCA, EDNN', async () => {
    const full = emulator.score(data.test).rho;
    const eca = await fitInterpreter('eca', data, { components: 4, emulator });
    const nnca = await fitInterpreter('nnca', data, { ...quick, components: 4 });
    const ednn = await fitInterpreter('ednn', data, { ...quick, components: 4 });
    for (const fitted of [eca, nnca, ednn])
      expect(Math.abs(fitted.score(data.test).rho - full)).toBeLessThan(1e-9);
    const turned = await fitInterpreter('nnca', data, { ...quick, components: 4, emulator });
    expect(turned.parts).toEqual(nnca.parts);
    const { structures } = data.test;
    expect(maxDifference(eca.project(structures).data, structures.data)).toBeLessThan(1e-12);
    expect(maxDifference(nnca.project(structures).data, structures.data)).toBeLessThan(1e-12);
    // It is a real basis, not the axes: the first direction is the planted one.
    expect(alignment(nnca.basis!.data.subarray(0, 4), plantedFirst)).toBeGreaterThan(0.99);
  });

  it('linear, PLS: ordinary least squares', async () => {
    const { data: y } = (await fitInterpreter('linear', data, { components: 4 })).predict(
      data.test.structures,
    );
    const pls = await fitInterpreter('pls', data, { components: 4 });
    expect(maxDifference(pls.predict(data.test.structures).data, y)).toBeLessThan(1e-9);
  });
});

describe('NNCA refactorisation', () => {
  it('changes no prediction by 1e-5 (measured: below 1e-12)', () => {
    const prepared = prepare(data, 'global');
    for (const k of [1, 2, 3]) {
      const linear = normals(k, 4, 40 + k);
      const net = newNet(k, [12, 12], prepared.rank, 'tanh', randomStream(k, 1));
      const free = applyNet(net, multiply(prepared.x, transposed(linear)));
      const { basis, decoder } = canonicalBasis(linear, net, prepared, 1);
      const after = applyNet(decoder, multiply(prepared.x, transposed(basis)));
      expect(maxDifference(free.data, after.data)).toBeLessThan(1e-11);
      // The same subspace, in an orthonormal basis.
      const { q } = lqFactors(linear);
      const cross = multiply(multiply(q, transposed(basis)), multiply(basis, transposed(q)));
      for (let i = 0; i < k * k; i++)
        expect(cross.data[i]).toBeCloseTo(i % (k + 1) === 0 ? 1 : 0, 10);
    }
  });
});

describe('linear baselines', () => {
  const x = normals(400, 3, 50);
  const b = [
    [2, 0, 0, 1],
    [0, 1, 0, 0],
    [0, 0, 0.5, 0],
  ];
  const spectra = toMatrix(
    toRows(x).map((row) => b[0].map((_, j) => row.reduce((s, v, a) => s + v * b[a][j], 0))),
    'spectra',
  );
  const linear: Samples = { structures: x, spectra };
  const both = { train: linear, validation: linear };

  it('recover an exact linear map, direction by direction', async () => {
    const full = await fitInterpreter('linear', both, { components: 3 });
    expect(full.score(linear).rho).toBeCloseTo(1, 10);
    const one = await fitInterpreter('linear', both, { components: 1 });
    expect(alignment(one.basis!.data, [1, 0, 0])).toBeGreaterThan(0.99);
    // Of all rank-1 linear maps it covers most: no other direction with its own best map does better.
    const pca = await fitInterpreter('pca', both, { components: 1 });
    expect(one.score(linear).rho).toBeLessThanOrEqual(pca.score(linear).rho + 1e-12);
    expect(one.score(linear).rho).toBeCloseTo(pca.score(linear).rho, 9);
  });

  it('PLS is below reduced rank, reduced rank below the bound, at equal components', async () => {
    for (const components of [1, 2, 3]) {
      const rho = async (method: 'pls' | 'linear' | 'pca') =>
        (await fitInterpreter(method, data, { components })).score(data.train).rho;
      const [pls, rank, bound] = [await rho('pls'), await rho('linear'), await rho('pca')];
      expect(pls).toBeLessThanOrEqual(rank + 1e-9);
      expect(rank).toBeLessThan(bound);
    }
  });

  it('survive descriptors that depend on each other', async () => {
    const doubled = toMatrix(
      toRows(x).map((r) => [...r, r[0] + r[1]]),
      'structures',
    );
    const samples = { structures: doubled, spectra };
    const fitted = await fitInterpreter(
      'linear',
      { train: samples, validation: samples },
      { components: 3 },
    );
    expect(fitted.score(samples).rho).toBeCloseTo(1, 9);
  });
});

describe('what must not be found', () => {
  it('shuffled spectra give rho near 0', async () => {
    const mixed = {
      train: shuffledSpectra(data.train),
      validation: shuffledSpectra(data.validation),
      test: shuffledSpectra(data.test),
    };
    const options = { ...quick, components: 1, training: { ...quick.training, epochs: 30 } };
    const fits: [MethodName, Interpreter][] = [
      ['nnca', await fitInterpreter('nnca', mixed, options)],
      ['ednn', await fitInterpreter('ednn', mixed, options)],
      ['linear', await fitInterpreter('linear', mixed, { components: 1 })],
      ['eca', await fitInterpreter('eca', mixed, options)],
    ];
    for (const [name, fitted] of fits) {
      expect(Math.abs(fitted.score(mixed.test).rho), name).toBeLessThan(0.05);
    }
  });
});

describe('options', () => {
  it('the same seed gives the same numbers, another one others', async () => {
    const options = { ...quick, components: 1, training: { epochs: 5 } };
    const one = await fitInterpreter('nnca', data, options);
    expect((await fitInterpreter('nnca', data, options)).parts).toEqual(one.parts);
    expect((await fitInterpreter('nnca', data, { ...options, seed: 2 })).parts).not.toEqual(
      one.parts,
    );
  });

  it('scaling by point counts every grid point alike, and rho says which it is of', async () => {
    const global = await fitInterpreter('linear', data, { components: 2 });
    const point = await fitInterpreter('linear', data, { components: 2, scaling: 'point' });
    expect(point.score(data.test).scaling).toBe('point');
    expect(Math.abs(point.score(data.test).rho - global.score(data.test).rho)).toBeGreaterThan(
      1e-3,
    );
    // Multiplying one grid point by 1000 changes the global rho, not the one by point.
    const stretched = (s: Samples): Samples => ({
      ...s,
      spectra: { ...s.spectra, data: s.spectra.data.map((v, i) => (i % 24 === 3 ? 1000 * v : v)) },
    });
    const other = { train: stretched(data.train), validation: stretched(data.validation) };
    const again = await fitInterpreter('linear', other, { components: 2, scaling: 'point' });
    expect(again.score(stretched(data.test)).rho).toBeCloseTo(point.score(data.test).rho, 6);
  });

  it('the search keeps the best of its trials and tells all', async () => {
    const { best, trials } = await searchEmulator(data, {
      trials: 4,
      depth: [1, 2],
      width: [4, 16],
      training: { epochs: 10 },
    });
    expect(trials.length).toBe(4);
    expect(new Set(trials.map((t) => JSON.stringify(t.options))).size).toBe(4);
    const losses = trials.map((t) => t.validation);
    expect(losses).toEqual([...losses].sort((a, b) => a - b));
    expect(Math.min(...best.parts.history.map((h) => h.validation))).toBe(losses[0]);
    const refit = await fitInterpreter('emulator', data, trials[0].options);
    expect(refit.parts.decoder).toEqual(best.parts.decoder);
  });
});
