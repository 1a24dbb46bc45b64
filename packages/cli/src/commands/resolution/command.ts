import { resolutionReport } from '@spectraloom/instrument';
import type { CommandModule } from 'yargs';
import { UsageError } from '../../console/errors.js';
import { openInstrument } from '../shared/instrument.js';
import { pointOf, settingsOf, crystalOf, type ResolutionArgs } from './arguments.js';
import { reportText } from './text.js';

/** `spectraloom resolution INSTRUMENT`: covariance and widths at one point. */
export const resolutionCommand: CommandModule<object, ResolutionArgs> = {
  command: 'resolution <instrument>',
  describe: 'Resolution of a spectrometer at one point: covariance of (Q, E), FWHM by contribution',
  builder: (y) =>
    y
      .positional('instrument', {
        describe: 'built-in instrument (maps, maps-upgraded, merlin) or a file (docs/guides)',
        type: 'string',
        demandOption: true,
      })
      .option('ei', {
        describe: 'incident energy, meV',
        type: 'string',
        demandOption: true,
        requiresArg: true,
      })
      .option('chopper', {
        describe: 'PACKAGE:HZ, such as S:250; the frequency alone takes the first package',
        type: 'string',
        demandOption: true,
        requiresArg: true,
      })
      .option('two-theta', {
        describe: 'scattering angle, degrees, 0 to 180',
        type: 'string',
        demandOption: true,
        requiresArg: true,
      })
      .option('azimuth', {
        describe: 'angle about the beam, degrees: 0 = horizontal (left), 90 = up (default 0)',
        type: 'string',
        requiresArg: true,
      })
      .option('energy', {
        describe: 'energy transfer, meV, below the incident energy (negative: energy gain)',
        type: 'string',
        demandOption: true,
        requiresArg: true,
      })
      .option('sample', {
        describe: 'X,Y,Z of a cuboid sample, mm: along the beam, left, up (default 0,0,0: a point)',
        type: 'string',
        requiresArg: true,
      })
      .option('mosaic', {
        describe: 'mosaic of the sample, FWHM in degrees (default 0)',
        type: 'string',
        requiresArg: true,
      })
      .option('energy-bin', {
        describe: 'width of the energy bins of the data, meV (default 0)',
        type: 'string',
        requiresArg: true,
      })
      .option('pixel-length', {
        describe: "length of a detector pixel, mm (default: the instrument's)",
        type: 'string',
        requiresArg: true,
      })
      .option('moderator-tau', {
        describe: "pulse parameter of the moderator, microseconds (default: the instrument's)",
        type: 'string',
        requiresArg: true,
      })
      .option('lattice', {
        describe: 'A,B,C or A,B,C,ALPHA,BETA,GAMMA (angstrom, degrees): adds the result in r.l.u.',
        type: 'string',
        requiresArg: true,
      })
      .option('beam', {
        describe: 'H,K,L along the beam (default 0,0,1; needs --lattice)',
        type: 'string',
        requiresArg: true,
        implies: 'lattice',
      })
      .option('left', {
        describe: 'H,K,L in the horizontal plane, left of the beam (default 1,0,0)',
        type: 'string',
        requiresArg: true,
        implies: 'lattice',
      })
      .option('plot', {
        describe:
          'picture (.svg or .png) of the half-maximum ellipses over the horizontal (h, E) plane',
        type: 'string',
        requiresArg: true,
      })
      .option('json', { describe: 'as JSON', type: 'boolean', default: false })
      .example(
        '$0 resolution maps --ei 100 --chopper S:250 --two-theta 30 --azimuth 0 --energy 13',
        'widths at one point',
      )
      .example(
        '$0 resolution mine.yaml --ei 70 --chopper 250 --two-theta 20 --energy 30 --sample 10,50,10 --json',
        'an instrument of your own',
      )
      .example(
        '$0 resolution maps --ei 70 --chopper S:250 --two-theta 12 --energy 30 --lattice 5.408,5.46,19.266 --plot e.png',
        'in r.l.u., and the ellipses',
      ) as never,
  handler: async (args) => {
    if (args.plot !== undefined && !/\.(svg|png)$/i.test(args.plot)) {
      throw new UsageError({
        what: 'the kind of picture is not known',
        where: '--plot',
        got: args.plot,
        expected: 'a name that ends in .svg or .png',
      });
    }
    const settings = settingsOf(args);
    const point = pointOf(args);
    const crystal = crystalOf(args);
    const instrument = await openInstrument(args.instrument);
    const report = resolutionReport(instrument, settings, point, crystal);
    if (args.plot !== undefined) {
      const { plotEllipses } = await import('./plot.js');
      await plotEllipses(args.plot, instrument, settings, point, crystal);
    }
    process.stdout.write(args.json ? `${JSON.stringify(report)}\n` : reportText(report));
    if (args.plot !== undefined && !args.json) process.stdout.write(`\n${args.plot}\n`);
  },
};
