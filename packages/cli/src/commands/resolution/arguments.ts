import type {
  CrystalOrientation,
  InstrumentSettings,
  ScatteringPoint,
  Vector3,
} from '@spectraloom/instrument';
import { numberIn, numbersIn, parseChopper } from '../shared/numbers.js';

export interface ResolutionArgs {
  instrument: string;
  ei: string;
  chopper: string;
  twoTheta: string;
  azimuth?: string;
  energy: string;
  sample?: string;
  mosaic?: string;
  energyBin?: string;
  pixelLength?: string;
  moderatorTau?: string;
  lattice?: string;
  beam?: string;
  left?: string;
  plot?: string;
  json: boolean;
}

/** How the instrument is run, from the options. */
export function settingsOf(args: ResolutionArgs): InstrumentSettings {
  const chopper = parseChopper(args.chopper);
  const positive = (text: string | undefined, where: string, unit: string) =>
    text === undefined
      ? undefined
      : numberIn(text, { where, expected: `a number above 0, ${unit}`, least: 0, above: true });
  const notNegative = (text: string | undefined, where: string, unit: string, most?: number) =>
    text === undefined
      ? undefined
      : numberIn(text, { where, expected: `a number, at least 0, ${unit}`, least: 0, most });
  const sizeMm = args.sample
    ? numbersIn(args.sample, [3], {
        where: '--sample',
        expected: 'X,Y,Z in mm, such as 10,50,10',
        least: 0,
        most: 1e4,
      })
    : undefined;
  const [energyBinMeV, mosaicFwhmDeg, pixelLengthMm, tau] = [
    notNegative(args.energyBin, '--energy-bin', 'meV'),
    notNegative(args.mosaic, '--mosaic', 'degrees', 90),
    positive(args.pixelLength, '--pixel-length', 'mm'),
    positive(args.moderatorTau, '--moderator-tau', 'microseconds'),
  ];
  return {
    eiMeV: positive(args.ei, '--ei', 'meV')!,
    chopperHz: chopper.hz,
    ...(chopper.package === undefined ? {} : { chopperPackage: chopper.package }),
    ...(sizeMm ? { sample: { sizeMm: sizeMm as [number, number, number] } } : {}),
    ...(energyBinMeV === undefined ? {} : { energyBinMeV }),
    ...(mosaicFwhmDeg === undefined ? {} : { mosaicFwhmDeg }),
    ...(pixelLengthMm === undefined ? {} : { pixelLengthMm }),
    ...(tau === undefined ? {} : { moderatorTauMicroseconds: tau }),
  };
}

/** Where the neutron goes and what it loses. */
export function pointOf(args: ResolutionArgs): ScatteringPoint {
  const angle = (text: string, where: string, least: number, most: number) =>
    numberIn(text, { where, expected: `degrees, ${least} to ${most}`, least, most });
  return {
    twoThetaDeg: angle(args.twoTheta, '--two-theta', 0, 180),
    azimuthDeg: angle(args.azimuth ?? '0', '--azimuth', -360, 360),
    energyMeV: numberIn(args.energy, {
      where: '--energy',
      expected: 'an energy transfer in meV, below --ei',
    }),
  };
}

/** The crystal, where a lattice was given. */
export function crystalOf(args: ResolutionArgs): CrystalOrientation | undefined {
  if (args.lattice === undefined) return undefined;
  const [a, b, c, alpha = 90, beta = 90, gamma = 90] = numbersIn(args.lattice, [3, 6], {
    where: '--lattice',
    expected: 'A,B,C in angstrom, or A,B,C,ALPHA,BETA,GAMMA with angles in degrees',
    least: 0,
    above: true,
    most: 1e4,
  }) as [number, number, number, number?, number?, number?];
  const direction = (text: string | undefined, where: string, otherwise: Vector3): Vector3 =>
    text === undefined
      ? otherwise
      : (numbersIn(text, [3], {
          where,
          expected: 'H,K,L of a direction, such as 0,0,1',
        }) as unknown as Vector3);
  return {
    lattice: { a, b, c, alpha, beta, gamma },
    beam: direction(args.beam, '--beam', [0, 0, 1]),
    left: direction(args.left, '--left', [1, 0, 0]),
  };
}
