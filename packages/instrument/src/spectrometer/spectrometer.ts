import { fermiChopper, type FermiChopper } from '../chopper/fermi.js';
import { speedPerWavevector } from '../constants.js';
import { InstrumentError } from '../errors.js';
import { wavevectorOf } from '../kinematics.js';
import { pulseTau } from '../moderator/tau.js';
import { guideGain } from './guide.js';
import type { Instrument } from './schema.js';

/** The sample as a cuboid; `axes` are its x, y, z edges in spectrometer axes (rows). */
export interface Sample {
  /** Full edge lengths along the sample's own x, y, z, mm. */
  readonly sizeMm: readonly [number, number, number];
  /** 3 x 3, row-major; row i is the direction of edge i in the lab. Default: edges along x, y, z. */
  readonly axes?: readonly number[];
}

/** How an instrument is run. */
export interface InstrumentSettings {
  readonly eiMeV: number;
  readonly chopperHz: number;
  /** Name of the chopper package; default: the first of the file. */
  readonly chopperPackage?: string;
  readonly sample?: Sample;
  /** Width of an energy bin of the data, meV; spreads the detection time. Default 0. */
  readonly energyBinMeV?: number;
  /** FWHM of the isotropic Gaussian mosaic, degrees. Default 0. */
  readonly mosaicFwhmDeg?: number;
  /** Overrides the pulse parameter of the moderator, microseconds. */
  readonly moderatorTauMicroseconds?: number;
  /** Overrides the height (azimuthal extent) of a detector pixel, mm. */
  readonly pixelLengthMm?: number;
}

/** An instrument at one setting: everything the resolution needs, in SI units and Å^-1. */
export interface Spectrometer {
  readonly instrument: Instrument;
  readonly settings: InstrumentSettings;
  readonly eiMeV: number;
  /** Incident wavevector, Å^-1. */
  readonly ki: number;
  /** Incident speed, m/s. */
  readonly vi: number;
  /** Moderator to chopper, aperture to chopper, chopper to sample, sample to detector, m. */
  readonly x0: number;
  readonly xa: number;
  readonly x1: number;
  readonly x2: number;
  readonly faceAngleRad: number;
  /** Angular frequency of the chopper, rad/s. */
  readonly omega: number;
  readonly chopper: FermiChopper;
  /** Pulse parameter of the moderator, s. */
  readonly tauS: number;
  readonly apertureWidthM: number;
  readonly apertureHeightM: number;
  readonly sampleSizeM: readonly [number, number, number];
  /** [3, 3]: the sample's edges in spectrometer axes, a row each. */
  readonly sampleAxes: readonly number[];
  readonly energyBinMeV: number;
  readonly mosaicFwhmDeg: number;
  readonly detectorDepthM: number;
  readonly detectorWidthM: number;
  readonly detectorHeightM: number;
}

function requirePositive(name: string, value: number): void {
  if (Number.isFinite(value) && value > 0) return;
  throw new InstrumentError('BAD_SETTINGS', {
    what: `${name} is not a positive number`,
    got: String(value),
    expected: 'a finite number above 0',
    next: `set ${name}`,
  });
}

const identity = [1, 0, 0, 0, 1, 0, 0, 0, 1];

function checkedAxes(axes: readonly number[]): readonly number[] {
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      let dot = 0;
      for (let k = 0; k < 3; k++) dot += axes[3 * i + k]! * axes[3 * j + k]!;
      if (axes.length !== 9 || !(Math.abs(dot - (i === j ? 1 : 0)) < 1e-6)) {
        throw new InstrumentError('BAD_ORIENTATION', {
          what: 'the sample axes are not orthonormal',
          got: `rows ${i} and ${j} have scalar product ${dot}`,
          expected: 'nine numbers, three orthonormal rows',
          next: 'normalise the axes',
        });
      }
    }
  }
  return axes;
}

/**
 * An instrument at one setting.
 * @throws InstrumentError BAD_SETTINGS, UNKNOWN_CHOPPER_PACKAGE, NO_TRANSMISSION, BAD_ORIENTATION.
 */
export function spectrometer(instrument: Instrument, settings: InstrumentSettings): Spectrometer {
  const { eiMeV, chopperHz } = settings;
  requirePositive('eiMeV', eiMeV);
  requirePositive('chopperHz', chopperHz);
  const names = Object.keys(instrument.chopper.packages);
  const packageName = settings.chopperPackage ?? names[0]!;
  const pack = instrument.chopper.packages[packageName];
  if (!pack) {
    throw new InstrumentError('UNKNOWN_CHOPPER_PACKAGE', {
      what: 'no such chopper package',
      where: instrument.name,
      got: packageName,
      expected: `one of ${names.join(', ')}`,
      next: 'choose one of these or add it to the instrument file',
    });
  }
  if (pack.maximumHz !== undefined && chopperHz > pack.maximumHz) {
    throw new InstrumentError('BAD_SETTINGS', {
      what: `chopper package ${packageName} cannot spin this fast`,
      where: instrument.name,
      got: `${chopperHz} Hz`,
      expected: `at most ${pack.maximumHz} Hz`,
      next: 'lower chopperHz',
    });
  }
  const energyBinMeV = settings.energyBinMeV ?? 0;
  const mosaicFwhmDeg = settings.mosaicFwhmDeg ?? 0;
  const sampleMm = settings.sample?.sizeMm ?? [0, 0, 0];
  for (const [name, value] of [
    ['energyBinMeV', energyBinMeV],
    ['mosaicFwhmDeg', mosaicFwhmDeg],
    ...sampleMm.map((v, i) => [`sample.sizeMm[${i}]`, v] as const),
  ] as const) {
    if (!(Number.isFinite(value) && value >= 0)) {
      throw new InstrumentError('BAD_SETTINGS', {
        what: `${name} is negative or not a number`,
        got: String(value),
        expected: 'a finite number, at least 0',
        next: `set ${name}`,
      });
    }
  }
  const { moderator, aperture, detectors } = instrument;
  const ki = wavevectorOf(eiMeV);
  const x1 = instrument.chopper.distanceM;
  const tau = settings.moderatorTauMicroseconds ?? pulseTau(instrument, eiMeV);
  requirePositive('moderatorTauMicroseconds', tau);
  const gain = aperture.guideGain ? Math.sqrt(guideGain(aperture.guideGain, eiMeV)) : 1;
  const diameter = detectors.tubeDiameterMm * 1e-3;
  return {
    instrument,
    settings,
    eiMeV,
    ki,
    vi: speedPerWavevector * ki,
    x0: moderator.distanceM - x1,
    xa: aperture.distanceM - x1,
    x1,
    x2: detectors.distanceM,
    faceAngleRad: (moderator.faceAngleDeg * Math.PI) / 180,
    omega: 2 * Math.PI * chopperHz,
    chopper: fermiChopper({
      eiMeV,
      frequencyHz: chopperHz,
      radiusM: (pack.radiusMm ?? instrument.chopper.radiusMm) * 1e-3,
      curvatureM: pack.curvatureM,
      slitM: pack.slitMm * 1e-3,
      packageName,
    }),
    tauS: tau * 1e-6,
    apertureWidthM: aperture.widthMm * 1e-3 * gain,
    apertureHeightM: aperture.heightMm * 1e-3 * gain,
    sampleSizeM: [sampleMm[0] * 1e-3, sampleMm[1] * 1e-3, sampleMm[2] * 1e-3],
    sampleAxes: checkedAxes(settings.sample?.axes ?? identity),
    energyBinMeV,
    mosaicFwhmDeg,
    detectorDepthM: detectors.effectiveDepthFraction * diameter,
    detectorWidthM: diameter,
    detectorHeightM: (settings.pixelLengthMm ?? detectors.pixelLengthMm) * 1e-3,
  };
}
