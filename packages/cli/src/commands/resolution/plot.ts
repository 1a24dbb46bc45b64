import { writeFile } from 'node:fs/promises';
import {
  covarianceInRlu,
  type CrystalOrientation,
  halfMaximumEllipse,
  type Instrument,
  type InstrumentSettings,
  momentumTransfer,
  orientCrystal,
  resolutionCovariance,
  type ScatteringPoint,
  spectrometer,
} from '@spectraloom/instrument';

/** Columns and rows of ellipses in the plane. */
const columns = 20;
const rows = 9;

/**
 * What the horizontal axis is: a row that takes Q in spectrometer axes to multiples of the
 * direction left of the beam (h, where that is a reciprocal axis), or to Å^-1 without a crystal.
 */
function horizontal(crystal: CrystalOrientation | undefined): { row: number[]; label: string } {
  if (!crystal) return { row: [0, 1, 0], label: 'Q left of the beam (Å⁻¹)' };
  const { rluToSpectrometer: m } = orientCrystal(crystal);
  const { left } = crystal;
  // Its y component: x is the beam's, and the plane has no z.
  const y = m[3]! * left[0] + m[4]! * left[1] + m[5]! * left[2];
  const axis = left.every((v, i) => v === (i === 0 ? 1 : 0));
  return { row: [0, 1 / y, 0], label: axis ? 'h (r.l.u.)' : `h along (${left.join(', ')})` };
}

/** The range of 2 theta that the detectors cover, degrees; 60 at most, where forward scattering ends. */
function reachOf(instrument: Instrument): [number, number] {
  const { twoThetaRangesDeg: ranges, banks } = instrument.detectors;
  if (ranges.length > 0) {
    return [
      Math.min(...ranges.map((r) => r[0])),
      Math.min(60, Math.max(...ranges.map((r) => r[1]))),
    ];
  }
  const ends = banks.flatMap((b) => b.packs.map(([from, n]) => from + n * b.pitchDeg));
  return [0, Math.min(60, ends.length > 0 ? Math.max(...ends) : 60)];
}

/** Draws half-maximum ellipses of (h, E), other coordinates integrated over, in the horizontal plane. */
export async function plotEllipses(
  path: string,
  instrument: Instrument,
  settings: InstrumentSettings,
  marked: ScatteringPoint,
  crystal: CrystalOrientation | undefined,
): Promise<void> {
  const { ellipsesSvg, rasteriseSvg } = await import('@spectraloom/report');
  const s = spectrometer(instrument, settings);
  const { row, label } = horizontal(crystal);
  const toPlane = Float64Array.of(...row, 0, 0, 1, 1, 0, 0);
  const [least, most] = reachOf(instrument);
  /** Position in the plane. */
  const at = (point: ScatteringPoint): number => {
    const q = momentumTransfer(s.eiMeV, point.energyMeV, point);
    return row[0]! * q[0] + row[1]! * q[1] + row[2]! * q[2];
  };
  const ellipse = (point: ScatteringPoint): Float64Array => {
    const { matrix } = resolutionCovariance(s, point);
    const { outline } = halfMaximumEllipse(covarianceInRlu(matrix, toPlane), 4, 0, 3);
    const centre = at(point);
    return outline.map((v, i) => v + (i % 2 === 0 ? centre : point.energyMeV));
  };
  const here = at(marked);
  // 2 theta on both sides of the beam, so that both signs of h are there.
  const side = (twoThetaDeg: number): Omit<ScatteringPoint, 'energyMeV'> => ({
    twoThetaDeg: Math.abs(twoThetaDeg),
    azimuthDeg: twoThetaDeg < 0 ? 0 : 180,
  });
  const top = 0.9 * s.eiMeV;
  const reach = Math.abs(at({ energyMeV: 0, ...side(most) }));
  const energies = Array.from({ length: rows }, (_, i) => ((i + 0.5) / rows) * top);
  const outlines: { points: Float64Array; marked?: boolean }[] = [];
  for (const energyMeV of energies) {
    for (let c = 0; c < columns; c++) {
      const h = ((c + 0.5) / columns) * 2 * reach - reach;
      // The scattering angle of this h: kf sin(2 theta) = |Q left|.
      const perRadian = Math.abs(at({ energyMeV, twoThetaDeg: 90, azimuthDeg: 180 }));
      const sine = h / perRadian;
      const twoThetaDeg = (Math.asin(Math.min(1, Math.abs(sine))) * 180) / Math.PI;
      if (Math.abs(sine) >= 1 || twoThetaDeg > most || twoThetaDeg < least) continue;
      const sign = h < 0 === at({ energyMeV, ...side(10) }) < 0 ? 1 : -1;
      outlines.push({ points: ellipse({ energyMeV, ...side(sign * twoThetaDeg) }) });
    }
  }
  outlines.push({ points: ellipse(marked), marked: true });
  const low = Math.min(0, marked.energyMeV * 1.1);
  const width = 1.06 * Math.max(reach, Math.abs(here) * 1.05);
  const highest = Math.max(top, marked.energyMeV) * 1.02;
  // Ends with the axes: what a plot clips still counts in its size.
  const edge = (twoThetaDeg: number): Float64Array =>
    Float64Array.from(
      Array.from({ length: 60 }, (_, n) => {
        const energyMeV = low + (n / 59) * (Math.min(highest, 0.999 * s.eiMeV) - low);
        return [at({ energyMeV, ...side(twoThetaDeg) }), energyMeV];
      })
        .filter(([h]) => Math.abs(h!) <= width)
        .flat(),
    );
  const { chopperHz, chopperPackage = Object.keys(instrument.chopper.packages)[0] } = settings;
  const svg = ellipsesSvg({
    title: `${instrument.name}, chopper ${chopperPackage} at ${chopperHz} Hz, Ei ${s.eiMeV} meV`,
    subtitle: `half maximum, horizontal plane; dashed: 2θ = ${least} and ${most} deg; blue: the point given`,
    xLabel: label,
    yLabel: 'energy transfer (meV)',
    x: [-width, width],
    y: [low, highest],
    outlines,
    lines: [-most, -least, least, most].filter((v, i, all) => all.indexOf(v) === i).map(edge),
    alt: `Half-maximum resolution ellipses of ${instrument.name} over ${label} and energy transfer, ${outlines.length} of them`,
  });
  await writeFile(path, /\.png$/i.test(path) ? await rasteriseSvg(svg, 2) : svg);
}
