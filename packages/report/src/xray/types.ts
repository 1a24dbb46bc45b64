/** An input of the methods: a column of the structures. */
export interface XrayInput {
  readonly name: string;
  readonly unit: string;
  /** Short, for axes and tables: "H-O-H angle". */
  readonly label: string;
}

/** rho on the test samples of one method with one number of components: a value for each seed. */
export interface XrayScore {
  readonly method: string;
  readonly components: number;
  readonly rho: readonly number[];
  readonly cpuSeconds: readonly number[];
}

export interface XrayInterval {
  readonly value: number;
  /** Absent where there are too few refits for an interval. */
  readonly low?: number;
  readonly high?: number;
  readonly undecided: boolean;
}

/** Orthonormal directions in z-scored inputs, `[components][inputs]`. */
export interface XrayBasis {
  readonly method: string;
  /** What the intervals are of: "10 bootstrap refits". */
  readonly of: string;
  readonly components: readonly (readonly XrayInterval[])[];
}

/** True and read-back values of one input over some test samples. */
export interface XrayReadBack {
  readonly input: number;
  readonly truth: readonly number[];
  readonly value: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly undecided: readonly boolean[];
  /** Over all test samples: part of the truths inside, part undecided, 1 - residual / variance. */
  readonly coverage: number;
  readonly undecidedPart: number;
  readonly explained: number;
}

export interface XrayAxis {
  readonly input: number;
  readonly values: readonly number[];
}

/** Values on a plane through structure space; null far from all training structures. */
export interface XraySlice {
  readonly x: XrayAxis;
  readonly y: XrayAxis;
  /** Where the other inputs are held: "short O-H 0.92 Å". */
  readonly held: string;
  readonly fields: readonly {
    readonly title: string;
    /** diverging: about zero. */
    readonly scale: 'sequential' | 'diverging';
    /** `[x.length * y.length]`, y fastest. */
    readonly values: readonly (number | null)[];
  }[];
}

/** Surfaces in a box of structure space. */
export interface XrayVolume {
  readonly title: string;
  readonly axes: readonly [XrayAxis, XrayAxis, XrayAxis];
  readonly surfaces: readonly {
    readonly level: number;
    /** In units of the box: 0..1 along each axis. */
    readonly vertices: readonly (readonly [number, number, number])[];
    readonly triangles: readonly (readonly [number, number, number])[];
  }[];
}

export interface XrayTargetReport {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly scaling: 'global' | 'point';
  readonly grid: readonly number[];
  /** Names of the points, where they are no spectrum: regions, moments. */
  readonly names?: readonly string[];
  readonly mean: readonly number[];
  readonly sd: readonly number[];
  readonly samples: { readonly train: number; readonly validation: number; readonly test: number };
  readonly scores: readonly XrayScore[];
  readonly bases: readonly XrayBasis[];
  /** Method the structures are read back with. */
  readonly readBackBy: string;
  readonly level: number;
  readonly readBack: readonly XrayReadBack[];
  readonly slices: readonly XraySlice[];
  readonly volumes: readonly XrayVolume[];
}

/** Everything the report of a structure-to-spectrum pipeline shows. */
export interface XrayReportData {
  readonly title: string;
  readonly description: string;
  readonly pipeline: string;
  readonly preset: string;
  readonly createdAt: string;
  readonly shrinks: readonly string[];
  readonly inputs: readonly XrayInput[];
  /** How the structures came about: name and value, in order. */
  readonly structures: readonly (readonly [string, string])[];
  readonly targets: readonly XrayTargetReport[];
  readonly timings: readonly {
    readonly stage: string;
    readonly seconds: number;
    readonly summary: string;
  }[];
  readonly provenance: readonly (readonly [string, string])[];
}
