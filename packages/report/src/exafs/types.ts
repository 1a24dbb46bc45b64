/** The four numbers of a shell. */
export type ExafsParameter = 'amplitude' | 'deltaR' | 'sigma2' | 'e0Ev';
type ByParameter<T> = Readonly<Record<ExafsParameter, T>>;

/** How a reader does on test spectra, in the parameters' units. */
export interface ExafsScore {
  readonly rows: number;
  readonly level: number;
  readonly rmse: ByParameter<number>;
  /** Part of intervals that hold the truth. */
  readonly coverage: ByParameter<number>;
  /** Median full width of the intervals. */
  readonly medianWidth: ByParameter<number>;
}

/** Some test spectra, truth and reading. */
export interface ExafsTest {
  readonly parameter: ExafsParameter;
  readonly truth: readonly number[];
  readonly value: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** A measured spectrum, read by the network and fitted by least squares. */
export interface ExafsMeasuredReport {
  readonly name: string;
  readonly network: {
    readonly values: ByParameter<{
      readonly value: number;
      readonly low: number;
      readonly high: number;
    }>;
    readonly level: number;
    readonly rFactor: number;
    readonly typicality: number;
    readonly atEdge: readonly ExafsParameter[];
    readonly verdict: 'inside' | 'edge' | 'outside';
  };
  readonly fit: {
    readonly values: ByParameter<number>;
    readonly errors: ByParameter<number>;
    readonly rFactor: number;
  };
  /** Values known from elsewhere: value, error. */
  readonly known: Readonly<Partial<Record<ExafsParameter, readonly [number, number]>>>;
  readonly knownFrom: string;
  /** Å; the sizes of the transforms below are given at these. */
  readonly r: readonly number[];
  /** Part of R that is looked at, Å. */
  readonly range: readonly [number, number];
  readonly measured: readonly number[];
  readonly byNetwork: readonly number[];
  readonly byFit: readonly number[];
}

/** All that the report of an EXAFS pipeline shows. */
export interface ExafsReportData {
  readonly title: string;
  readonly description: string;
  readonly pipeline: string;
  readonly preset: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly shrinks: readonly string[];
  readonly facts: readonly (readonly [string, string])[];
  readonly score: ExafsScore;
  readonly test: readonly ExafsTest[];
  readonly measured: readonly ExafsMeasuredReport[];
  readonly timings: readonly {
    readonly stage: string;
    readonly seconds: number;
    readonly summary: string;
  }[];
  readonly provenance: readonly (readonly [string, string])[];
}

/** How the parameters are called on the page. */
export const exafsNames: ByParameter<{
  readonly title: string;
  readonly unit: string;
  readonly digits: number;
}> = {
  amplitude: { title: 'N S0²', unit: '', digits: 2 },
  deltaR: { title: 'ΔR', unit: 'Å', digits: 4 },
  sigma2: { title: 'σ²', unit: 'Å²', digits: 5 },
  e0Ev: { title: 'E0', unit: 'eV', digits: 2 },
};
export const exafsParameters = Object.keys(exafsNames) as readonly ExafsParameter[];
