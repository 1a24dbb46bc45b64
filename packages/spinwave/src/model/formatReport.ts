import type { ModelReport } from './check.js';

/** The report as plain text, for a terminal. */
export function formatReport(report: ModelReport): string {
  const lines: string[] = [];
  const { model } = report;
  if (model) {
    const { a, b, c, alpha, beta, gamma } = model.lattice;
    lines.push(
      `${model.name} (label ${model.label})`,
      `magnetic cell ${[a, b, c].map((x) => fixed(x, 4)).join(' x ')} Å, ${[alpha, beta, gamma].map((x) => fixed(x, 2)).join(', ')} degrees; ${model.supercell.join(' x ')} of the lattice, ${model.sites.length} sites`,
    );
    if (model.rotatingFrame)
      lines.push(
        `rotating frame: k = (${model.rotatingFrame.k.map((x) => fixed(x, 5)).join(', ')}) of the magnetic cell about (${model.rotatingFrame.axis.map((x) => fixed(x, 4)).join(', ')})`,
      );
    lines.push('', 'sites (fractional position; spin; direction, Cartesian):');
    for (const s of report.sites)
      lines.push(
        `  ${s.name.padEnd(10)} (${s.position.map((x) => fixed(x, 5)).join(', ')})  S = ${s.spin}${s.ion ? `  ${s.ion}` : ''}  (${s.direction.map((x) => fixed(x, 4)).join(', ')})`,
      );
  }
  if (report.shells.length > 0) {
    lines.push('', 'shells (pairs in a cell of the lattice):');
    for (const s of report.shells)
      lines.push(
        `  ${String(s.shell).padStart(3)}  ${fixed(s.lengthAngstrom, 4)} Å  ${s.pairs}  ${s.labels.join(', ')}`,
      );
  }
  if (report.rules.length > 0) {
    lines.push('', 'interactions (bonds in the magnetic cell, each counted once):');
    for (const r of report.rules) {
      const length =
        r.maxLengthAngstrom - r.minLengthAngstrom < 1e-6
          ? fixed(r.minLengthAngstrom, 4)
          : `${fixed(r.minLengthAngstrom, 4)} to ${fixed(r.maxLengthAngstrom, 4)}`;
      lines.push(
        `  ${r.name.padEnd(12)} ${r.bonds} bonds  ${length} Å  ${r.labels.join(', ')}${r.allowed ? `  (symmetry allows ${r.allowed.length} constants)` : ''}`,
      );
    }
  }
  if (report.classicalEnergyMeV !== undefined)
    lines.push('', `classical energy ${fixed(report.classicalEnergyMeV, 6)} meV a magnetic cell`);
  if (report.relativeTorque !== undefined)
    lines.push(`largest torque ${report.relativeTorque.toExponential(1)} of the local field`);
  if (report.stability)
    lines.push(
      `${report.stability.stable ? 'stable' : 'not stable'}: lowest eigenvalue of H(q) ${report.stability.worstMeV.toPrecision(3)} meV at q = (${report.stability.worstQ.map((x) => fixed(x, 4)).join(', ')})`,
    );
  lines.push('');
  for (const p of report.problems)
    lines.push(
      [
        `${p.severity}: ${p.what}`,
        p.where && `  where: ${p.where}`,
        p.got && `  got: ${p.got}`,
        p.expected && `  expected: ${p.expected}`,
        p.next && `  next: ${p.next}`,
      ]
        .filter(Boolean)
        .join('\n'),
    );
  const errors = report.problems.filter((p) => p.severity === 'error').length;
  const warnings = report.problems.length - errors;
  lines.push(
    report.ok
      ? `ok${warnings > 0 ? `, ${warnings} warning${warnings > 1 ? 's' : ''}` : ''}`
      : `${errors} error${errors > 1 ? 's' : ''}`,
  );
  return lines.join('\n');
}

function fixed(x: number, digits: number): string {
  return (Number(x.toFixed(digits)) + 0).toString();
}
