import { formatNumber } from '../markup/numbers.js';
import { svgElement, svgText } from '../markup/svg.js';
import type { XrayInput, XrayVolume } from './types.js';

type Point = readonly [number, number, number];

/** Seen from above and the side: turned about the vertical (third) axis, then tilted. */
const turn = (35 * Math.PI) / 180;
const tilt = (24 * Math.PI) / 180;

/** Parallel projection of the unit box: right, up, towards the reader. */
function project([a, b, c]: Point): Point {
  const [x, y, z] = [a - 0.5, b - 0.5, c - 0.5];
  const right = x * Math.cos(turn) + y * Math.sin(turn);
  const back = -x * Math.sin(turn) + y * Math.cos(turn);
  return [
    right,
    z * Math.cos(tilt) + back * Math.sin(tilt),
    z * Math.sin(tilt) - back * Math.cos(tilt),
  ];
}

/** Steps of light on a surface. */
const levels = 8;

/** Colours of surfaces `f0` .. `f5` in light `l0` .. `l7`, in the page's class colours. */
export const surfaceStyle = [
  ...[0, 1, 2, 3, 4, 5].map((f) => `.f${f} { --f: var(--class-${f}); }`),
  ...Array.from({ length: levels }, (_, l) => {
    const part = 45 + (55 * l) / (levels - 1);
    const colour = `color-mix(in srgb, var(--f) ${part.toFixed(0)}%, black)`;
    return `.l${l} { fill: ${colour}; stroke: ${colour}; }`;
  }),
].join('\n');

const size = 300;
const width = 380;
const scale = 205;
const at = (p: Point): readonly [number, number] => {
  const [right, up] = project(p);
  return [width / 2 + scale * right, size / 2 - 6 - scale * up];
};
const line = (from: Point, to: Point, stroke: string, dash?: string): string => {
  const [x1, y1] = at(from);
  const [x2, y2] = at(to);
  return svgElement('line', {
    x1,
    y1,
    x2,
    y2,
    stroke,
    'stroke-width': 1,
    'stroke-dasharray': dash,
  });
};

/** Surfaces in a box, drawn back to front with light from the upper left. */
export function volumeSvg(volume: XrayVolume, inputs: readonly XrayInput[]): string {
  const faces = volume.surfaces.flatMap(({ vertices, triangles }, s) =>
    triangles.map((triangle) => {
      const corners = triangle.map((v) => vertices[v]);
      const seen = corners.map(project);
      const u = [0, 1, 2].map((i) => seen[1][i] - seen[0][i]);
      const v = [0, 1, 2].map((i) => seen[2][i] - seen[0][i]);
      const normal = [
        u[1] * v[2] - u[2] * v[1],
        u[2] * v[0] - u[0] * v[2],
        u[0] * v[1] - u[1] * v[0],
      ];
      const length = Math.hypot(...normal) || 1;
      const towards = normal[2] < 0 ? -1 : 1;
      const light = (towards * (-0.4 * normal[0] + 0.5 * normal[1] + 0.77 * normal[2])) / length;
      return {
        depth: seen[0][2] + seen[1][2] + seen[2][2],
        d: `M${corners
          .map((p) =>
            at(p)
              .map((c) => c.toFixed(1))
              .join(' '),
          )
          .join('L')}Z`,
        surface: s,
        light: Math.round((levels - 1) * Math.min(1, Math.max(0, light))),
      };
    }),
  );
  faces.sort((a, b) => a.depth - b.depth);
  const count = volume.surfaces.length;
  const opacity = count > 1 ? 0.62 : 0.9;
  const shapes = faces.map(
    ({ d, surface, light }) => `<path class="f${surface} l${light}" d="${d}"/>`,
  );
  const corner = (a: number, b: number, c: number): Point => [a, b, c];
  const edges: [Point, Point][] = [0, 1].flatMap((i) =>
    [0, 1].flatMap((j): [Point, Point][] => [
      [corner(0, i, j), corner(1, i, j)],
      [corner(i, 0, j), corner(i, 1, j)],
      [corner(i, j, 0), corner(i, j, 1)],
    ]),
  );
  // Edges at the corner away from the reader lie behind everything.
  const hidden = corner(0, 1, 0);
  const behind = ([a, b]: [Point, Point]) => [a, b].some((p) => p.every((v, i) => v === hidden[i]));
  const back = edges.filter(behind).map(([a, b]) => line(a, b, 'var(--line-strong)', '2 3'));
  const front = edges.filter((e) => !behind(e)).map(([a, b]) => line(a, b, 'var(--line-strong)'));
  const label = (p: Point, text: string, dx: number, dy: number, anchor: string): string => {
    const [x, y] = at(p);
    return svgText(text, {
      x: x + dx,
      y: y + dy,
      'text-anchor': anchor,
      'font-size': 10.5,
      fill: 'var(--muted)',
    });
  };
  const ends = volume.axes.map(({ values }) =>
    [values[0], values[values.length - 1]].map((v) => formatNumber(v)),
  );
  const name = (i: number) => inputs[volume.axes[i].input].label;
  const labels = [
    label(corner(0.5, 0, 0), `${name(0)}, ${ends[0].join(' to ')}`, -14, 30, 'middle'),
    label(corner(1, 0.5, 0), name(1), 10, 18, 'start'),
    label(corner(1, 0.5, 0), ends[1].join(' to '), 10, 31, 'start'),
    label(corner(0, 0, 0.98), name(2), -8, 0, 'end'),
    label(corner(0, 0, 0.98), ends[2].join(' to '), -8, 13, 'end'),
  ];
  const said = `${volume.title}: surfaces at ${volume.surfaces.map((s) => formatNumber(s.level)).join(', ')}`;
  return svgElement(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: 'plot',
      role: 'img',
      width: width + 40,
      height: size + 40,
      viewBox: `-20 -10 ${width + 40} ${size + 40}`,
      'aria-label': said,
    },
    ...back,
    svgElement('g', { opacity: String(opacity), 'stroke-width': '0.7' }, ...shapes),
    ...front,
    ...labels,
  );
}
