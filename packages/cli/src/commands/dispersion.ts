import { writeFile } from 'node:fs/promises';
import { checkStability, spectrum, type Spectrum, type Stability } from '@spectraloom/spinwave';
import type { CommandModule } from 'yargs';
import { UsageError } from '../console/errors.js';
import { type ModelArgs, modelOptions, type OpenModel, openModel } from './shared/model.js';
import { parseHkl, parsePath, pointsAlong, type QPoints } from './shared/qpoints.js';

interface DispersionArgs extends ModelArgs {
  q?: string[];
  path?: string;
  points: number;
  tensor: boolean;
  twins: boolean;
  plot?: string;
  json: boolean;
}

/** `spectraloom dispersion MODEL`: energies and intensities of the modes. */
export const dispersionCommand: CommandModule<object, DispersionArgs> = {
  command: 'dispersion <model>',
  describe: 'Spin-wave energies and intensities of a model file at wavevectors or along a path',
  builder: (y) =>
    modelOptions(y)
      .option('q', {
        describe: "wavevector H,K,L in r.l.u. of the file's lattice (may be repeated)",
        type: 'string',
        array: true,
        requiresArg: true,
      })
      .option('path', {
        describe: 'corners with labels: "G (0,0,0) X (0.5,0,0)"',
        type: 'string',
        requiresArg: true,
        conflicts: 'q',
      })
      .option('points', {
        describe: 'points to each piece of the path',
        type: 'number',
        default: 40,
        requiresArg: true,
      })
      .option('tensor', { describe: 'also S_ab of each mode', type: 'boolean', default: false })
      .option('twins', {
        describe: 'sum over the twins of the file (Q in the laboratory frame)',
        type: 'boolean',
        default: false,
      })
      .option('plot', {
        describe: 'write a picture here (.svg or .png)',
        type: 'string',
        requiresArg: true,
      })
      .option('json', { describe: 'as JSON', type: 'boolean', default: false })
      .example(
        '$0 dispersion pipelines/pcsmo/models/goodenough.yaml --q 0.5,0.2,0',
        'one wavevector',
      )
      .example(
        '$0 dispersion m.yaml --path "G (0,0,0) X (1,0,0)" --plot out.svg',
        'a path, as a picture',
      )
      .example(
        '$0 dispersion m.yaml --q 1/3,1/3,0 --param J=1.2 --json',
        'another value of J',
      ) as never,
  handler: async (args) => {
    const points = pointsOf(args);
    if (args.plot !== undefined && !/\.(svg|png)$/i.test(args.plot)) {
      throw new UsageError({
        what: 'the kind of picture is not known',
        where: '--plot',
        got: args.plot,
        expected: 'a name that ends in .svg or .png',
      });
    }
    const opened = await openModel(args);
    const { prepared, p, model } = opened;
    const stability = checkStability(prepared, p);
    const result = spectrum(prepared, p, points.q, { twins: args.twins, tensor: args.tensor });
    if (args.plot !== undefined) await plot(args.plot, opened, points, result);
    if (args.json) {
      process.stdout.write(`${JSON.stringify(asJson(opened, points, result, stability))}\n`);
      return;
    }
    process.stdout.write(`${model.name}: ${stabilityText(stability)}\n`);
    if (args.plot !== undefined) process.stdout.write(`${args.plot}\n`);
    else process.stdout.write(table(points, result));
  },
};

function pointsOf(args: DispersionArgs): QPoints {
  if (!Number.isInteger(args.points) || args.points < 1 || args.points > 100_000) {
    throw new UsageError({
      what: 'the number of points is not a whole number from 1 to 100000',
      where: '--points',
      got: String(args.points),
    });
  }
  if (args.path !== undefined) return pointsAlong(parsePath(args.path), args.points);
  if (!args.q || args.q.length === 0) {
    throw new UsageError({
      what: 'no wavevector was given',
      expected: '--q H,K,L or --path "G (0,0,0) X (0.5,0,0)"',
      next: 'spectraloom dispersion --help has examples',
    });
  }
  return { q: Float64Array.from(args.q.flatMap((text) => parseHkl(text, '--q'))), nodes: [] };
}

function stabilityText(s: Stability): string {
  const q = s.worstQ.map((v) => v.toFixed(4)).join(', ');
  return s.stable
    ? `stable (lowest eigenvalue of H(q) ${s.worstEigenvalueMeV.toExponential(2)} meV at (${q}))`
    : `UNSTABLE: eigenvalue ${s.worstEigenvalueMeV.toPrecision(4)} meV at (${q}), torque ${s.relativeTorque.toPrecision(2)}`;
}

function table({ q }: QPoints, s: Spectrum): string {
  const lines: string[] = [];
  for (let i = 0; i < s.nQ; i++) {
    const hkl = [...q.subarray(3 * i, 3 * i + 3)].map((v) => v.toFixed(5)).join(', ');
    lines.push(`\nQ = (${hkl}) r.l.u.`, '   energy (meV)   S_perp (per magnetic cell)');
    for (let m = 0; m < s.nModes; m++) {
      const at = i * s.nModes + m;
      lines.push(
        `${s.energiesMeV[at]!.toFixed(5).padStart(15)}   ${s.sPerp[at]!.toFixed(5).padStart(10)}`,
      );
      if (s.sTensor) lines.push(tensorText(s.sTensor.subarray(18 * at, 18 * at + 18)));
    }
  }
  return `${lines.join('\n')}\n`;
}

function tensorText(t: Float64Array): string {
  const row = (a: number): string =>
    [0, 1, 2]
      .map((b) => {
        const [re, im] = [t[(3 * a + b) * 2]!, t[(3 * a + b) * 2 + 1]!];
        return `${re.toFixed(4)}${im < 0 ? '-' : '+'}${Math.abs(im).toFixed(4)}i`.padStart(18);
      })
      .join('');
  return [0, 1, 2].map((a) => `      ${row(a)}`).join('\n');
}

function asJson({ model, p }: OpenModel, { q, nodes }: QPoints, s: Spectrum, stability: Stability) {
  const cut = (values: Float64Array, i: number): number[] => [
    ...values.subarray(i * s.nModes, (i + 1) * s.nModes),
  ];
  return {
    model: model.name,
    parameters: Object.fromEntries(
      model.parameters.map(({ name, unit }, i) => [name, { value: p[i], unit }]),
    ),
    units: { q: 'r.l.u.', qCartesian: '1/angstrom', energies: 'meV', sPerp: 'per magnetic cell' },
    stability,
    nodes,
    points: Array.from({ length: s.nQ }, (_, i) => ({
      q: [...q.subarray(3 * i, 3 * i + 3)],
      qCartesian: [...s.qCartesian.subarray(3 * i, 3 * i + 3)],
      energies: cut(s.energiesMeV, i),
      sPerp: cut(s.sPerp, i),
      ...(s.sTensor
        ? {
            sTensor: Array.from({ length: s.nModes }, (_, m) => [
              ...s.sTensor!.subarray(18 * (i * s.nModes + m), 18 * (i * s.nModes + m + 1)),
            ]),
          }
        : {}),
    })),
    twinOfMode: [...s.twinOfMode],
  };
}

async function plot(
  path: string,
  { model }: OpenModel,
  points: QPoints,
  s: Spectrum,
): Promise<void> {
  const { dispersionSvg, rasteriseSvg } = await import('@spectraloom/report');
  const distance = new Float64Array(s.nQ);
  for (let i = 1; i < s.nQ; i++) {
    const step = [0, 1, 2].map((a) => s.qCartesian[3 * i + a]! - s.qCartesian[3 * i - 3 + a]!);
    distance[i] = distance[i - 1]! + Math.hypot(...step);
  }
  const svg = dispersionSvg({
    title: model.name,
    distance,
    distanceLabel: 'path length (Å⁻¹)',
    marks: points.nodes.map(({ label, index }) => ({ at: distance[index]!, label })),
    energiesMeV: s.energiesMeV,
    nModes: s.nModes,
    intensities: s.sPerp.map((v) => Math.max(0, v)),
    intensityLabel: 'S⊥ (per magnetic cell)',
  });
  await writeFile(path, path.toLowerCase().endsWith('.png') ? await rasteriseSvg(svg) : svg);
}
