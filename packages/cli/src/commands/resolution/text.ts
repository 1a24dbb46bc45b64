import type { ResolutionReport } from '@spectraloom/instrument';

const contributions = [
  'moderator',
  'chopper',
  'aperture',
  'sample',
  'detector',
  'timeBin',
  'mosaic',
] as const;

const number = (v: number): string =>
  (v === 0 ? '0' : Math.abs(v) < 1e-3 || Math.abs(v) >= 1e5 ? v.toExponential(4) : v.toPrecision(5))
    // A zero that rounding made.
    .replace(/^-?0(\.0+)?$/, '0')
    .padStart(13);

function widths(
  axes: readonly string[],
  units: readonly string[],
  fwhm: Readonly<Record<string, Readonly<Record<string, number>>>>,
): string[] {
  const head = axes.map((axis, i) => `${axis} (${units[i]})`.padStart(13)).join('');
  const row = (name: string): string =>
    `  ${name.padEnd(10)}${axes.map((axis) => number(fwhm[axis]![name]!)).join('')}`;
  return [`FWHM        ${head}`, row('total'), ...contributions.map(row)];
}

function matrix(axes: readonly string[], rows: readonly (readonly number[])[]): string[] {
  // What is 1e-12 of the diagonal is rounding.
  const clean = (v: number, i: number, j: number): number =>
    Math.abs(v) < 1e-12 * Math.sqrt(rows[i]![i]! * rows[j]![j]!) ? 0 : v;
  return [
    `Covariance  ${axes.map((a) => a.padStart(13)).join('')}`,
    ...rows.map(
      (row, i) => `  ${axes[i]!.padEnd(10)}${row.map((v, j) => number(clean(v, i, j))).join('')}`,
    ),
  ];
}

/** A resolution report for reading. */
export function reportText(r: ResolutionReport): string {
  const { settings: s, point } = r;
  const q = r.q.map((v) => v.toFixed(4)).join(', ');
  const lines = [
    `${r.instrument}, chopper ${r.chopperPackage} at ${s.chopperHz} Hz (gamma ${r.chopperGamma.toFixed(3)}), Ei ${s.eiMeV} meV`,
    `energy transfer ${point.energyMeV} meV, 2theta ${point.twoThetaDeg} deg, azimuth ${point.azimuthDeg} deg`,
    `ki ${r.ki.toFixed(4)}, kf ${r.kf.toFixed(4)}, Q (${q}), |Q| ${r.qLength.toFixed(4)} 1/A; x along ki, z up`,
    '',
    ...widths(r.axes, ['1/A', '1/A', '1/A', 'meV'], r.fwhm),
    `  along Q    ${number(r.fwhmAlongQ).trimStart()} 1/A`,
    '',
    ...matrix(r.axes, r.covariance),
  ];
  if (r.rlu) {
    lines.push(
      '',
      `In r.l.u.: Q = (${r.rlu.hkl.map((v) => v.toFixed(4)).join(', ')})`,
      '',
      ...widths(r.rlu.axes, ['r.l.u.', 'r.l.u.', 'r.l.u.', 'meV'], r.rlu.fwhm),
      '',
      ...matrix(r.rlu.axes, r.rlu.covariance),
    );
  }
  return `${lines.join('\n')}\n`;
}
