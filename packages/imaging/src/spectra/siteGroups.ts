import { formFactor, type SpinModel } from '@spectraloom/spinwave';

/**
 * Sites that share their ion and their coordinate along the flat axis: their amplitudes add before
 * |Q| and the component along that axis are known, so that every Ei costs a few products a group.
 */
export interface SiteGroups {
  readonly count: number;
  /** Group of each site, [nSites]. */
  readonly ofSite: Int32Array;
  /** Index of the ion (into `factors`) of each group, [count]. */
  readonly ion: Int32Array;
  /** Index of the layer (into `heights`) of each group, [count]. */
  readonly layer: Int32Array;
  /** Coordinate along the flat axis of each layer, fractions. */
  readonly heights: Float64Array;
  /** g/2 of each site, [nSites, 9]. */
  readonly halfG: Float64Array;
  /** Form factors by ion, tabulated in Q^2. */
  readonly factors: readonly FormFactorTable[];
}

/** Nodes of a form factor's table for each Å^-2 of Q^2. */
export const formFactorsPerStep = 50;

/** F at Q^2 = i / formFactorsPerStep, i = 0 .. values.length - 1. */
export interface FormFactorTable {
  readonly values: Float64Array;
}

/** Tabulates <j0> of an ion up to |Q| = `qMax`; 1 everywhere without an ion. */
export function formFactorTable(ion: string | undefined, qMax: number): FormFactorTable {
  const n = Math.ceil(qMax * qMax * formFactorsPerStep) + 2;
  const values = Float64Array.from({ length: n }, (_, i) =>
    ion === undefined ? 1 : formFactor(ion, Math.sqrt(i / formFactorsPerStep)),
  );
  return { values };
}

/** @param flat the flat axis; without one, sites are grouped by ion alone. */
export function siteGroups(
  model: SpinModel,
  flat: number | undefined,
  useFormFactor: boolean,
  qMax: number,
): SiteGroups {
  const ions: (string | undefined)[] = [];
  const heights: number[] = [];
  const keys: string[] = [];
  const ion: number[] = [];
  const layer: number[] = [];
  const indexOf = <T>(list: T[], same: (x: T) => boolean, make: () => T): number => {
    const at = list.findIndex(same);
    return at >= 0 ? at : list.push(make()) - 1;
  };
  const ofSite = Int32Array.from(model.sites, (site) => {
    const name = useFormFactor ? site.ion : undefined;
    const z = flat === undefined ? 0 : site.position[flat]!;
    const i = indexOf(
      ions,
      (x) => x === name,
      () => name,
    );
    const l = indexOf(
      heights,
      (x) => Math.abs(x - z) < 1e-9,
      () => z,
    );
    return indexOf(
      keys,
      (x) => x === `${i} ${l}`,
      () => {
        ion.push(i);
        layer.push(l);
        return `${i} ${l}`;
      },
    );
  });
  return {
    count: keys.length,
    ofSite,
    ion: Int32Array.from(ion),
    layer: Int32Array.from(layer),
    heights: Float64Array.from(heights),
    halfG: Float64Array.from(model.sites.flatMap((s) => s.gTensor.map((g) => g / 2))),
    factors: ions.map((name) => formFactorTable(name, qMax)),
  };
}
