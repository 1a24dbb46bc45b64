import { fitShell, type ShellParameter } from '@spectraloom/xray';
import type { CommandModule } from 'yargs';
import { UsageError } from '../../console/errors.js';
import {
  checkRanges,
  type RangeArgs,
  rangeOptions,
  readChi,
  readPath,
  shellRows,
  within,
} from './shared.js';

interface FitArgs extends RangeArgs {
  data: string;
  fix?: string[];
}

/** `spectraloom exafs fit DATA`: one shell by least squares. */
export const fitCommand: CommandModule<object, FitArgs> = {
  command: 'fit <data>',
  describe: 'Fit N S0^2, dR, sigma^2 and E0 of one shell to a measured chi(k) by least squares',
  builder: (y) =>
    rangeOptions(y)
      .positional('data', {
        describe: 'columns k (Å^-1) and chi: .chik, XDI, chi.dat',
        type: 'string',
      })
      .option('fix', {
        describe:
          'keep a parameter, NAME=VALUE: amplitude, deltaR (Å), sigma2 (Å^2), e0Ev (eV); may be repeated',
        type: 'string',
        array: true,
        requiresArg: true,
      })
      .example('$0 exafs fit pd-foil.chik --path feff0001.dat', 'one shell, k 2 to 14, R 1.7 to 3')
      .example(
        '$0 exafs fit cu.chi --path feff0001.dat --fix amplitude=10.8',
        'N S0^2 known',
      ) as never,
  handler: async (args) => {
    checkRanges(args);
    const path = await readPath(args.path);
    const fit = fitShell(path, await readChi(args.data), {
      kMin: args.kmin,
      kMax: args.kmax,
      kWeight: args.kweight,
      dk: args.dk,
      rMin: args.rmin,
      rMax: args.rmax,
      fixed: fixedOf(args.fix ?? []),
    });
    if (args.json) {
      process.stdout.write(
        `${JSON.stringify({ ...fit, correlation: [...fit.correlation], reff: path.table.effectiveLengthAngstrom })}\n`,
      );
      return;
    }
    const rows = shellRows.map(([p, title, unit, digits]) => {
      const kept = fit.fitted.includes(p) ? `± ${fit.errors[p].toFixed(digits)}` : '(kept)';
      return `${title.padEnd(8)} ${fit.values[p].toFixed(digits).padStart(10)} ${kept} ${unit}`;
    });
    const distance = path.table.effectiveLengthAngstrom + fit.values.deltaR;
    process.stdout.write(
      `${rows.join('\n')}\nR        ${distance.toFixed(5).padStart(10)} Å\nleft unexplained ${(100 * fit.rFactor).toFixed(2)} % in R ${args.rmin} to ${args.rmax} Å; ${fit.independentPoints.toFixed(1)} independent points, ${fit.fitted.length} fitted\n${cautionsOf(fit).join('')}`,
    );
  },
};

/** What a reader must know before quoting the numbers, a line each. */
function cautionsOf(fit: ReturnType<typeof fitShell>): string[] {
  const { sigma2, e0Ev } = fit.values;
  const because = [
    sigma2 < 0 && `sigma^2 is below zero: no disorder is negative`,
    Math.abs(e0Ev) > 15 && `E0 is shifted by more than 15 eV: another path, or another edge energy`,
    fit.rFactor > 0.1 &&
      `more than a tenth is left unexplained: this one shell is not what is there`,
    fit.fitted.length > fit.independentPoints &&
      `more parameters are fitted than there are independent points: keep some (--fix) or widen the ranges`,
  ];
  return because.filter((x) => x !== false).map((text) => `caution: ${text}\n`);
}

/** Beyond these no shell lies; far outside, the fit has no numbers left. */
const sensible: Record<ShellParameter, [number, number, string]> = {
  amplitude: [1e-3, 1000, ''],
  deltaR: [-2, 2, 'Å'],
  sigma2: [-0.05, 0.5, 'Å^2'],
  e0Ev: [-100, 100, 'eV'],
};

function fixedOf(words: readonly string[]): Partial<Record<ShellParameter, number>> {
  const names = shellRows.map(([p]) => p);
  const seen = new Set<string>();
  return Object.fromEntries(
    words.map((word) => {
      const [name, value, ...more] = word.split('=');
      const known = names.find((n) => n === name);
      if (!known || more.length > 0 || value === undefined || !Number.isFinite(Number(value))) {
        throw new UsageError({
          what: 'a parameter that is kept is NAME=VALUE',
          where: '--fix',
          got: word,
          expected: names.join(', '),
        });
      }
      if (seen.has(known)) {
        throw new UsageError({
          what: 'a parameter is kept at two values',
          where: '--fix',
          got: words.join(' and '),
          expected: `${known} once`,
        });
      }
      seen.add(known);
      const [least, most, unit] = sensible[known];
      within(`--fix ${known}`, Number(value), least, most, unit);
      return [known, Number(value)];
    }),
  );
}
