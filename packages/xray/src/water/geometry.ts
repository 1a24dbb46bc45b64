import { BOHR_ANGSTROM } from '../constants.js';
import { XrayError } from '../errors.js';

/** A water molecule: angle H-O-H and its two bonds. */
export interface WaterGeometry {
  angleDeg: number;
  longAngstrom: number;
  shortAngstrom: number;
}

/** Where the force field has its minimum: the gas-phase geometry. */
export const waterEquilibrium: Readonly<WaterGeometry> = {
  angleDeg: 104.5,
  longAngstrom: 0.9572,
  shortAngstrom: 0.9572,
};

/** O, H, H: the order of the atoms everywhere here. */
export const waterAtomicNumbers: Int32Array = Int32Array.from([8, 1, 1]);

/**
 * Positions `[3, 3]`, bohr: oxygen at the origin, hydrogens in the xy plane, y along the bisector, the
 * long bond at positive x.
 * @throws XrayError `GEOMETRY_INVALID`
 */
export function waterPositions(geometry: WaterGeometry): Float64Array {
  const { angleDeg, longAngstrom, shortAngstrom } = geometry;
  if (!(angleDeg > 0 && angleDeg <= 180) || !(longAngstrom > 0) || !(shortAngstrom > 0)) {
    throw new XrayError({
      code: 'GEOMETRY_INVALID',
      what: 'A water molecule has an angle above 0 and up to 180 degrees and two bonds above 0',
      got: `${angleDeg} deg, ${longAngstrom} Å, ${shortAngstrom} Å`,
    });
  }
  if (shortAngstrom > longAngstrom || !Number.isFinite(longAngstrom)) {
    throw new XrayError({
      code: 'GEOMETRY_INVALID',
      what: 'The long bond must not be shorter than the short one',
      got: `long ${longAngstrom} Å, short ${shortAngstrom} Å`,
      next: 'exchange the two',
    });
  }
  const half = (angleDeg * Math.PI) / 360;
  const long = longAngstrom / BOHR_ANGSTROM;
  const short = shortAngstrom / BOHR_ANGSTROM;
  return Float64Array.from([
    0,
    0,
    0,
    long * Math.sin(half),
    long * Math.cos(half),
    0,
    -short * Math.sin(half),
    short * Math.cos(half),
    0,
  ]);
}
