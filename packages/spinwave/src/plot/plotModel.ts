import type { Vec3 } from '../crystal/geometry.js';
import { dot } from '../crystal/geometry.js';
import type { SpinModel } from '../model/types.js';
import { buildScene, ruleSummary, viewAlong } from './projection.js';
import type { Scene, View } from './projection.js';

/** How much of the crystal is drawn. */
export interface PlotOptions {
  /** Magnetic cells drawn; default 1 x 1 x 1, or 3 x 3 x 2 for up to three sites. */
  readonly cells?: readonly [number, number, number];
}

/** Okabe and Ito's palette, which the colour-blind tell apart. */
const up = '#0072B2';
const down = '#D55E00';
const across = '#555555';
const ruleColours = ['#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000', '#8A7500'];
const ruleDashes = ['', '7 3', '2 3', '9 3 2 3'];
const labelFills = ['#FFFFFF', '#C9C9C9', '#8C8C8C', '#EFE6C8', '#D5E6EF'];

const panel = 430;
const margin = 46;
const legendLine = 20;

/**
 * A spin model as an SVG picture: two projections (along c and along b) with cell, sites, spins and
 * bonds, a legend and scale bars. Spins with a positive component along the main axis of the
 * structure are blue, negative ones vermilion, those across it grey; a spin along the view is drawn
 * as a dot (towards) or a cross (away). Bonds have a colour and a dash pattern by rule.
 */
export function plotModel(model: SpinModel, options: PlotOptions = {}): string {
  const cells: Vec3 = options.cells ?? (model.sites.length <= 3 ? [3, 3, 2] : [1, 1, 1]);
  const rules = ruleSummary(model.bonds);
  const labels = [...new Set(model.sites.map((s) => s.label))];
  const axis = mainAxis(model);
  const style: Style = {
    colourOf: (d) => {
      const c = dot(d, axis);
      return c > 0.1 ? up : c < -0.1 ? down : across;
    },
    fillOf: (site) => labelFills[labels.indexOf(model.sites[site]!.label) % labelFills.length]!,
    strokeOf: (rule) => strokeFor(rules.findIndex((r) => r.rule === rule)),
  };
  const width = 2 * panel + 3 * margin;
  const top = 64;
  const legendTop = top + panel + 70;
  const rows = Math.max(rules.length, labels.length + 3);
  const height = legendTop + rows * legendLine + 24;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="Helvetica, Arial, sans-serif" font-size="13">`,
    `<title>${escape(model.name)}</title>`,
    `<rect width="${width}" height="${height}" fill="#FFFFFF"/>`,
    `<text x="${margin}" y="30" font-size="18">${escape(model.name)}</text>`,
  ];
  for (const [i, view] of [viewAlong(model, 2), viewAlong(model, 1)].entries()) {
    // one layer of cells across the view
    const shown: Vec3 = i === 0 ? [cells[0], cells[1], 1] : [cells[0], 1, cells[2]];
    parts.push(
      drawPanel(model, buildScene(model, shown), view, margin + i * (panel + margin), top, style),
    );
  }
  parts.push(drawLegend(model, rules, labels, legendTop, style), '</svg>');
  return parts.join('\n');
}

interface Style {
  colourOf(direction: Vec3): string;
  fillOf(site: number): string;
  strokeOf(rule: string): string;
}

function drawPanel(
  model: SpinModel,
  scene: Scene,
  view: View,
  left: number,
  top: number,
  style: Style,
): string {
  const flat = (v: Vec3): [number, number] => [dot(v, view.right), dot(v, view.up)];
  const points = [...scene.sites.map((s) => flat(s.position)), ...scene.edges.flat().map(flat)];
  const [x0, x1] = extent(points.map((p) => p[0]));
  const [y0, y1] = extent(points.map((p) => p[1]));
  const scale = (panel - 50) / Math.max(x1 - x0, y1 - y0, 1e-9);
  const cx = left + panel / 2;
  const cy = top + panel / 2;
  const at = (v: Vec3): [number, number] => {
    const [x, y] = flat(v);
    return [cx + (x - (x0 + x1) / 2) * scale, cy - (y - (y0 + y1) / 2) * scale];
  };
  const out: string[] = [
    `<text x="${left}" y="${top - 8}">view ${view.title} (of sites in line the nearest is drawn)</text>`,
    `<g stroke="#AAAAAA" stroke-width="1">`,
    ...unique(scene.edges.map(([p, q]) => line(at(p), at(q)))),
    '</g>',
  ];
  const depth = (v: Vec3) => dot(v, view.out);
  out.push('<g stroke-width="2.2" stroke-linecap="round">');
  const segments = scene.bonds
    .map((b) => ({ rule: b.rule, p: at(b.from), q: at(b.to), depth: depth(b.from) + depth(b.to) }))
    .filter(({ p, q }) => Math.hypot(p[0] - q[0], p[1] - q[1]) > 2);
  const segmentKey = ({ p, q }: (typeof segments)[number]) =>
    [placeKey(p), placeKey(q)].sort().join();
  for (const { rule, p, q } of nearest(segments, segmentKey, (x) => x.depth))
    out.push(line(p, q, style.strokeOf(rule)));
  out.push('</g>');
  const radius = Math.max(4, Math.min(9, 0.16 * shortest(model) * scale));
  const arrow = Math.max(14, Math.min(40, 0.7 * shortest(model) * scale));
  // sites of the cells win over ghosts in front of them
  const rank = (s: Scene['sites'][number]) => depth(s.position) - (s.ghost ? 1e6 : 0);
  for (const s of nearest(scene.sites, (x) => placeKey(at(x.position)), rank)) {
    const [x, y] = at(s.position);
    out.push(`<g${s.ghost ? ' opacity="0.35"' : ''}>`);
    out.push(
      `<circle cx="${f(x)}" cy="${f(y)}" r="${f(radius)}" fill="${style.fillOf(s.site)}" stroke="#333333"/>`,
    );
    out.push(
      drawSpin(s.direction, view, [x, y], arrow, radius, style.colourOf(s.direction)),
      '</g>',
    );
  }
  out.push(
    scaleBar(left, top + panel + 16, scale),
    axisLabels(model, view, left + panel, top + panel + 16),
  );
  return out.join('\n');
}

/** An arrow in the plane of the picture, or a dot / cross when the spin is along the view. */
function drawSpin(
  d: Vec3,
  view: View,
  [x, y]: [number, number],
  length: number,
  radius: number,
  colour: string,
): string {
  const r = dot(d, view.right);
  const u = dot(d, view.up);
  const inPlane = Math.hypot(r, u);
  if (inPlane < 0.25) {
    if (dot(d, view.out) > 0)
      return `<circle cx="${f(x)}" cy="${f(y)}" r="${f(0.45 * radius)}" fill="${colour}"/>`;
    const c = 0.6 * radius;
    return `<path d="M${f(x - c)} ${f(y - c)}L${f(x + c)} ${f(y + c)}M${f(x - c)} ${f(y + c)}L${f(x + c)} ${f(y - c)}" stroke="${colour}" stroke-width="2" fill="none"/>`;
  }
  const dx = (r * length) / 2;
  const dy = (-u * length) / 2;
  const [ux, uy] = [r / inPlane, -u / inPlane];
  const head = Math.min(8, 0.5 * inPlane * length);
  const tip: [number, number] = [x + dx, y + dy];
  const base: [number, number] = [tip[0] - head * ux, tip[1] - head * uy];
  const side = 0.45 * head;
  return (
    `<path d="M${f(x - dx)} ${f(y - dy)}L${f(base[0])} ${f(base[1])}" stroke="${colour}" stroke-width="2.6"/>` +
    `<path d="M${f(tip[0])} ${f(tip[1])}L${f(base[0] - side * uy)} ${f(base[1] + side * ux)}L${f(base[0] + side * uy)} ${f(base[1] - side * ux)}Z" fill="${colour}"/>`
  );
}

function drawLegend(
  model: SpinModel,
  rules: readonly { rule: string; count: number; length: number }[],
  labels: readonly string[],
  top: number,
  style: Style,
): string {
  const out: string[] = [];
  for (const [i, { rule, count, length }] of rules.entries()) {
    const y = top + i * legendLine;
    out.push(
      `<g stroke-width="2.2">${line([margin, y - 4], [margin + 40, y - 4], style.strokeOf(rule))}</g>`,
      `<text x="${margin + 50}" y="${y}">${escape(rule)}: ${count} bonds a cell, ${Number(length.toFixed(4))} Å</text>`,
    );
  }
  const x = margin + panel + margin;
  for (const [i, label] of labels.entries()) {
    const y = top + i * legendLine;
    const site = model.sites.findIndex((s) => s.label === label);
    const n = model.sites.filter((s) => s.label === label).length;
    out.push(
      `<circle cx="${x + 8}" cy="${y - 4}" r="7" fill="${style.fillOf(site)}" stroke="#333333"/>`,
      `<text x="${x + 24}" y="${y}">${escape(label)}: ${n} a cell, S = ${model.sites[site]!.spin}</text>`,
    );
  }
  const view: View = { title: '', right: [1, 0, 0], up: [0, 1, 0], out: [0, 0, 1] };
  for (const [i, [colour, text]] of (
    [
      [up, 'spin up (positive along the main axis)'],
      [down, 'spin down'],
      [across, 'spin across the main axis'],
    ] as const
  ).entries()) {
    const y = top + (labels.length + i) * legendLine;
    const d: Vec3 = i === 0 ? [0, 1, 0] : i === 1 ? [0, -1, 0] : [1, 0, 0];
    out.push(drawSpin(d, view, [x + 8, y - 4], 18, 5, colour));
    out.push(`<text x="${x + 24}" y="${y}">${text}</text>`);
  }
  return out.join('\n');
}

/** A round number of Å, about a quarter of the panel. */
function scaleBar(left: number, y: number, scale: number): string {
  const target = panel / 4 / scale;
  const power = 10 ** Math.floor(Math.log10(target));
  const size = [5, 2, 1].map((m) => m * power).find((s) => s <= target) ?? power;
  return `<path d="M${f(left)} ${f(y - 4)}V${f(y + 4)}M${f(left)} ${f(y)}H${f(left + size * scale)}M${f(left + size * scale)} ${f(y - 4)}V${f(y + 4)}" stroke="#000000" fill="none"/><text x="${f(left + size * scale + 8)}" y="${f(y + 4)}">${Number(size.toPrecision(3))} Å</text>`;
}

/** Small arrows of the lattice vectors that lie in the picture. */
function axisLabels(model: SpinModel, view: View, right: number, y: number): string {
  const v = model.lattice.vectors;
  const names = ['a', 'b', 'c'];
  const out: string[] = [];
  for (let i = 0; i < 3; i++) {
    const row: Vec3 = [v[3 * i]!, v[3 * i + 1]!, v[3 * i + 2]!];
    const [r, u] = [dot(row, view.right), dot(row, view.up)];
    const n = Math.hypot(...row);
    if (Math.hypot(r, u) < 0.3 * n) continue;
    const origin: [number, number] = [right - 60, y + 20];
    const tip: [number, number] = [origin[0] + (32 * r) / n, origin[1] - (32 * u) / n];
    out.push(
      `<g stroke="#000000">${line(origin, tip)}</g>`,
      `<text x="${f(tip[0] + (8 * r) / n - 4)}" y="${f(tip[1] - (10 * u) / n + 4)}">${names[i]}</text>`,
    );
  }
  return out.join('');
}

/** The direction along which the spins of the model are largest (by power iteration). */
function mainAxis(model: SpinModel): Vec3 {
  let v: Vec3 = model.sites[0]?.direction ?? [0, 0, 1];
  for (let i = 0; i < 200; i++) {
    let next: Vec3 = [0, 0, 0];
    for (const { direction: d } of model.sites) {
      const c = dot(d, v);
      next = [next[0] + c * d[0], next[1] + c * d[1], next[2] + c * d[2]];
    }
    const n = Math.hypot(...next);
    if (n === 0) break;
    v = [next[0] / n, next[1] / n, next[2] / n];
  }
  // 'up' is the half with the larger Cartesian component
  const largest = v.reduce((m, x) => (Math.abs(x) > Math.abs(m) + 1e-9 ? x : m), 0);
  return largest < 0 ? [-v[0], -v[1], -v[2]] : v;
}

/** Shortest bond, Å; the shortest lattice vector without bonds. */
function shortest(model: SpinModel): number {
  const lengths = model.bonds.map((b) => b.lengthAngstrom);
  const { a, b, c } = model.lattice;
  return lengths.length > 0 ? lengths.reduce((m, x) => Math.min(m, x)) : Math.min(a, b, c);
}

function strokeFor(rule: number): string {
  const dash = ruleDashes[Math.floor(rule / ruleColours.length + rule) % ruleDashes.length]!;
  return `stroke="${ruleColours[rule % ruleColours.length]}"${dash ? ` stroke-dasharray="${dash}"` : ''}`;
}

function line(p: readonly [number, number], q: readonly [number, number], attributes = ''): string {
  return `<line x1="${f(p[0])}" y1="${f(p[1])}" x2="${f(q[0])}" y2="${f(q[1])}" ${attributes}/>`;
}

/** Of the items with one key, that of the highest rank; lowest rank first. */
function nearest<T>(items: readonly T[], key: (x: T) => string, rank: (x: T) => number): T[] {
  const kept = new Map<string, T>();
  for (const item of items) {
    const k = key(item);
    const known = kept.get(k);
    if (known === undefined || rank(item) > rank(known) + 1e-9) kept.set(k, item);
  }
  return [...kept.values()].sort((x, y) => rank(x) - rank(y));
}

function placeKey([x, y]: readonly [number, number]): string {
  return `${Math.round(x)},${Math.round(y)}`;
}

function extent(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([low, high], x) => [Math.min(low, x), Math.max(high, x)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

function unique(list: readonly string[]): string[] {
  return [...new Set(list)];
}

function f(x: number): string {
  return (Math.round(x * 10) / 10 + 0).toString();
}

function escape(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}
