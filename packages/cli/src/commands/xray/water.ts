import { type Lines, simulateWater } from '@spectraloom/xray';
import type { CommandModule } from 'yargs';
import { UsageError } from '../../console/errors.js';
import { linesPicture, pictureKind } from './picture.js';
import { stabilityWarning } from './stability.js';

interface WaterArgs {
  angle: number;
  long: number;
  short: number;
  basis: string;
  fwhm: number;
  plot?: string;
  json: boolean;
}

/** `spectraloom xray water`: O K emission, O 1s absorption and XPS of one water molecule. */
export const waterCommand: CommandModule<object, WaterArgs> = {
  command: 'water',
  describe: 'O K emission, O 1s absorption and photoelectron lines of a water molecule',
  builder: (y) =>
    y
      .option('angle', { describe: 'H-O-H angle, degrees', type: 'number', default: 104.5 })
      .option('long', { describe: 'longer O-H bond, Å', type: 'number', default: 0.9572 })
      .option('short', { describe: 'shorter O-H bond, Å', type: 'number', default: 0.9572 })
      .option('basis', {
        describe: 'STO-3G, STO-6G, 3-21G, 6-31G, 6-31+G, 6-31++G, 6-311G or 6-311++G',
        type: 'string',
        default: '6-31G',
        requiresArg: true,
      })
      .option('fwhm', { describe: 'width of the peaks in --plot, eV', type: 'number', default: 1 })
      .option('plot', {
        describe: 'write a picture here (.svg or .png)',
        type: 'string',
        requiresArg: true,
      })
      .option('json', { describe: 'as JSON', type: 'boolean', default: false })
      .example('$0 xray water --angle 104 --long 1.1 --short 1.1 --basis STO-3G', 'a geometry')
      .example('$0 xray water --long 1.1 --short 0.95 --plot water.svg', 'as a picture') as never,
  handler: async ({ angle, long, short, basis, fwhm, plot, json }) => {
    const kind = pictureKind(plot);
    if (long > 100 || !(fwhm > 0 && fwhm <= 100)) {
      throw new UsageError({
        what: 'a number is out of range',
        where: long > 100 ? '--long' : '--fwhm',
        got: String(long > 100 ? long : fwhm),
        expected: long > 100 ? 'at most 100 Å' : 'above 0, at most 100 eV',
      });
    }
    const s = simulateWater(
      { angleDeg: angle, longAngstrom: long, shortAngstrom: short },
      { basis },
    );
    const title = `H2O, ${angle} deg, ${long} and ${short} Å, ${basis}`;
    process.stderr.write(stabilityWarning(s.stability, title));
    if (plot !== undefined) {
      await linesPicture(plot, kind!, title, fwhm, [
        ['O K emission', s.emission],
        ['O 1s absorption', s.absorption],
      ]);
    }
    if (json) {
      const plain = ({ energiesEv, strengths }: Lines) => ({
        energiesEv: [...energiesEv],
        strengths: [...strengths],
      });
      process.stdout.write(
        `${JSON.stringify({
          geometry: { angleDeg: angle, longAngstrom: long, shortAngstrom: short },
          basis,
          totalHa: s.totalHa,
          stability: s.stability,
          orbitalEnergiesHa: [...s.orbitalEnergiesHa],
          dipoleAu: [...s.dipoleAu],
          emission: plain(s.emission),
          absorption: plain(s.absorption),
          photoelectron: plain(s.photoelectron),
        })}\n`,
      );
      return;
    }
    process.stdout.write(
      `${title}: ${s.totalHa.toFixed(8)} Ha\n${linesText('O K emission (omega^3 |<1s|r|i>|^2, a.u.; no shift for relaxation)', s.emission)}${linesText('O 1s absorption (core CIS, oscillator strength)', s.absorption)}${linesText('O 1s photoelectrons (-eps)', s.photoelectron)}${plot === undefined ? '' : `${plot}\n`}`,
    );
  },
};

/** Lines as a table. */
export function linesText(title: string, { energiesEv, strengths }: Lines): string {
  const rows = Array.from(
    energiesEv,
    (e, i) => `${e.toFixed(4).padStart(12)} eV ${strengths[i]!.toPrecision(6).padStart(14)}`,
  );
  return `\n${title}\n${rows.join('\n')}\n`;
}
