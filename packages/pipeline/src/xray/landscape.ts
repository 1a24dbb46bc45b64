import {
  axisOver,
  type Interpreter,
  isosurface,
  sensitivity,
  slice,
  type SliceAxis,
} from '@spectraloom/models/xray';
import type { XrayAxis, XraySlice, XrayVolume } from '@spectraloom/report';
import type { XrayFile, XrayPreset } from './files.js';
import type { TargetSamples } from './samples.js';

/** Sensitivity of the emulator and activations of EDNNs over planes and a box of structure space. */
export function landscapeOf(
  landscape: XrayPreset['landscape'],
  inputs: XrayFile['inputs'],
  samples: TargetSamples,
  emulator: Interpreter,
  activations: readonly Interpreter[],
): { readonly slices: readonly XraySlice[]; readonly volumes: readonly XrayVolume[] } {
  const chosen = mostSensitive(emulator, samples);
  const known = nearKnown(emulator, samples);
  const axis = (input: number, count: number): SliceAxis =>
    axisOver(emulator, input, landscape.deviations, count);
  const { mean } = emulator.parts.inputScale;
  const slices = pairsOf(chosen).map(([a, b]): XraySlice => {
    const plane = slice(emulator, [axis(a, landscape.slice), axis(b, landscape.slice)]);
    const near = known(plane.structures.data);
    const masked = (values: ArrayLike<number>) =>
      Array.from(near, (is, i) => (is ? values[i]! : null));
    const fields: XraySlice['fields'][number][] = [
      {
        title: 'M = |dS/dp| of the full emulator',
        scale: 'sequential',
        values: masked(sensitivity(emulator, plane.structures).total),
      },
    ];
    for (const net of activations) {
      const t = net.transform(plane.structures);
      for (let c = 0; c < t.columns; c++) {
        fields.push({
          title: `EDNN with ${t.columns}: activation ${c + 1}`,
          scale: 'diverging',
          values: masked(Array.from({ length: t.rows }, (_, i) => t.data[i * t.columns + c]!)),
        });
      }
    }
    const others = inputs.flatMap(({ label, unit }, i) =>
      i === a || i === b
        ? []
        : [`${label} ${Number(mean[i]!.toPrecision(4))}${unit && ` ${unit}`}`],
    );
    const held = others.length > 4 ? 'the mean of all others' : others.join(', ');
    return { x: values(plane.axes[0]!), y: values(plane.axes[1]!), held, fields };
  });
  if (chosen.length < 3) return { slices, volumes: [] };
  return { slices, volumes: volumesOf(landscape.volume) };

  function volumesOf(count: number): XrayVolume[] {
    const [a, b, c] = chosen as [number, number, number];
    const box = slice(emulator, [axis(a, count), axis(b, count), axis(c, count)]);
    const near = known(box.structures.data);
    const axes = box.axes.map(values) as unknown as XrayVolume['axes'];
    const surfacesOf = (field: ArrayLike<number>, levels: readonly number[]) =>
      levels.map((at) => {
        const { vertices, triangles } = isosurface(field, [count, count, count], at);
        return { level: at, ...kept(vertices, triangles, near, count) };
      });
    const m = sensitivity(emulator, box.structures).total;
    const inside = Array.from(m)
      .filter((_, i) => near[i])
      .sort((x, y) => x - y);
    const quantile = (q: number) => inside[Math.floor(q * (inside.length - 1))] ?? 0;
    const volumes: XrayVolume[] = [
      {
        title: 'M = |dS/dp|, the surface that a quarter of the box exceeds',
        axes,
        surfaces: surfacesOf(m, [quantile(0.75)]),
      },
    ];
    for (const net of activations.filter((n) => n.components === 1)) {
      volumes.push({
        title: 'EDNN with 1: surfaces of equal activation',
        axes,
        surfaces: surfacesOf(net.transform(box.structures).data, [-1, 0, 1]),
      });
    }
    return volumes;
  }
}

const values = ({ input, from, to, count }: SliceAxis): XrayAxis => ({
  input,
  values: Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1)),
});

/** The inputs to which spectra are most sensitive over the training structures, three at most. */
function mostSensitive(emulator: Interpreter, { train }: TargetSamples): number[] {
  const { byInput } = sensitivity(emulator, train.structures);
  const p = emulator.inputs;
  const mean = new Float64Array(p);
  byInput.forEach((v, i) => (mean[i % p]! += v));
  return Array.from(mean.keys())
    .sort((a, b) => mean[b]! - mean[a]!)
    .slice(0, 3)
    .sort((a, b) => a - b);
}

const pairsOf = (chosen: readonly number[]): (readonly [number, number])[] =>
  chosen.flatMap((a, i) => chosen.slice(i + 1).map((b) => [a, b] as const));

/**
 * Whether points lie among the training structures: no farther from one, in z-scores, than twice
 * what 95 % of the validation structures do.
 */
function nearKnown(emulator: Interpreter, { train, validation }: TargetSamples) {
  const { mean, sd } = emulator.parts.inputScale;
  const p = emulator.inputs;
  const scaled = (data: Float64Array) => data.map((v, i) => (v - mean[i % p]!) / sd[i % p]!);
  const known = scaled(train.structures.data);
  const nearest = (points: Float64Array): Float64Array => {
    const z = scaled(points);
    const out = new Float64Array(z.length / p).fill(Infinity);
    for (let i = 0; i < out.length; i++) {
      for (let j = 0; j < known.length; j += p) {
        let sum = 0;
        for (let a = 0; a < p; a++) sum += (z[i * p + a]! - known[j + a]!) ** 2;
        if (sum < out[i]!) out[i] = sum;
      }
    }
    return out;
  };
  const usual = nearest(validation.structures.data).sort();
  const limit = 4 * usual[Math.floor(0.95 * (usual.length - 1))]!;
  return (points: Float64Array): boolean[] => Array.from(nearest(points), (d) => d <= limit);
}

/** Triangles among known structures, their vertices numbered anew, the box from 0 to 1. */
function kept(
  vertices: Float64Array,
  triangles: Uint32Array,
  near: readonly boolean[],
  count: number,
): Pick<XrayVolume['surfaces'][number], 'vertices' | 'triangles'> {
  const number = new Map<number, number>();
  const points: (readonly [number, number, number])[] = [];
  const inside = (v: number) => {
    const [x, y, z] = [0, 1, 2].map((a) => Math.round(vertices[3 * v + a]!));
    return near[(x! * count + y!) * count + z!]!;
  };
  const place = (v: number): number => {
    const before = number.get(v);
    if (before !== undefined) return before;
    const at = [0, 1, 2].map((a) => Number((vertices[3 * v + a]! / (count - 1)).toFixed(4)));
    points.push(at as unknown as [number, number, number]);
    number.set(v, points.length - 1);
    return points.length - 1;
  };
  const faces: (readonly [number, number, number])[] = [];
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = [triangles[t]!, triangles[t + 1]!, triangles[t + 2]!] as const;
    if (corners.every(inside))
      faces.push([place(corners[0]), place(corners[1]), place(corners[2])]);
  }
  return { vertices: points, triangles: faces };
}
