import type { AblationReport } from './ablation.js';
import type { CalibrationReport, DoubtReport } from './doubt.js';
import type { TileLayout } from './layout.js';
import type { LearntReport, PlacesReport } from './places.js';

/** A value that JSON can hold. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * Everything a report shows. The report computes only what follows from these (rates, intervals,
 * the difference of two images) and never looks anything up: no file, no clock, no network.
 * Plain JSON but for its arrays of pixels; `encodeReportData` and `decodeReportData` write and
 * read it whole. Sections whose data are absent are left out of the page.
 */
export interface ReportData {
  readonly format: 'spectraloom-report/1';
  /** Heading of the page: the question that was asked. */
  readonly title: string;
  /** Name of the pipeline, `pcsmo`. */
  readonly pipeline: string;
  /** Name of the preset, `quick`. */
  readonly preset: string;
  /** When the run ended, ISO 8601 with its zone. */
  readonly createdAt: string;
  /** Paragraphs about the experiment, in plain words, shown before what the report says itself. */
  readonly summary?: readonly string[];
  /** What this run cannot claim: what the preset made smaller, what is not calibrated. */
  readonly caveats?: readonly string[];
  readonly layout: TileLayout;
  /** What simulated pixels hold. */
  readonly intensity: Quantity;
  /** Classes in the order of the network's outputs; the order of every list by class. */
  readonly classes: readonly ReportClass[];
  /** Simulated images of the data set, some of each class. */
  readonly examples: readonly ExampleImage[];
  readonly draws: readonly DrawCount[];
  readonly training?: TrainingReport;
  /** One entry a split the network was scored on; the first is the one the summary quotes. */
  readonly evaluation?: readonly EvaluationReport[];
  readonly measured?: MeasuredReport;
  readonly doubt?: DoubtReport;
  readonly places?: PlacesReport;
  readonly learnt?: LearntReport;
  readonly ablation?: AblationReport;
  readonly timing: readonly StageTiming[];
  /** How a long stage went, from the run's event log. */
  readonly courses?: readonly StageCourse[];
  readonly provenance: Provenance;
}

/** Name and unit of a number: `S(Q, E)` in `1/meV per magnetic cell`. */
export interface Quantity {
  readonly label: string;
  readonly unit: string;
}

/** One image of the layout, `[rows, columns]` row-major; with which pixels have no detector. */
export interface TiledImage {
  readonly values: Float32Array;
  /** 1 = masked (no detector), 0 = a value; the shape of `values`. Absent: nothing is masked. */
  readonly mask?: Uint8Array;
}

/** A candidate model: one class of the classifier. */
export interface ReportClass {
  /** Short name, unique, the key of every other field: `goodenough`. */
  readonly name: string;
  /** Name as it is read: `Goodenough`. Default: `name`. */
  readonly label?: string;
  /** What sets the model apart, one sentence. */
  readonly description?: string;
  /** Model file. */
  readonly file?: string;
  readonly parameters?: readonly ModelParameter[];
}

/** A parameter of a model, with what it was drawn from. */
export interface ModelParameter {
  readonly name: string;
  /** Unit, `meV`; empty for a pure number. */
  readonly unit: string;
  /** Value in the model file (a published fit, say). */
  readonly value: number;
  /** The prior in words: `uniform [-20, 0]`. */
  readonly prior?: string;
}

/** A simulated image of the data set. */
export interface ExampleImage {
  readonly className: string;
  readonly image: TiledImage;
  /** Its parameters by name, in the units of the class's `parameters`. */
  readonly parameters: Readonly<Record<string, number>>;
  /** Row of the plan. */
  readonly row?: number;
  /** Seed of the row, in decimal (64-bit seeds do not fit a JSON number). */
  readonly seed?: string;
}

/** Draws of one class: `drawn = accepted + sum of rejected`. */
export interface DrawCount {
  readonly className: string;
  readonly drawn: number;
  readonly accepted: number;
  /** Rejected draws by reason, such as `unstable ground state`. */
  readonly rejected: Readonly<Record<string, number>>;
}

/** How the network was trained. */
export interface TrainingReport {
  readonly network: string;
  /** Trainable parameters. */
  readonly parameterCount: number;
  /** Shape of one input, `[rows, columns, channels]`. */
  readonly inputShape: readonly number[];
  /** What happens to an image before the network sees it, in order, in words. */
  readonly preprocessing: readonly string[];
  /** Name of the loss, for its axis: `cross-entropy (nats)`. */
  readonly lossLabel?: string;
  /** Images by split. */
  readonly splits: readonly { readonly name: string; readonly images: number }[];
  /** One record an epoch, in order. */
  readonly epochs: readonly EpochRecord[];
  /** Epoch whose weights were kept. */
  readonly bestEpoch?: number;
  /** Networks trained beside it: members of an ensemble, those of other methods. */
  readonly others?: readonly OtherTraining[];
  /** Why training ended, in words. */
  readonly stoppedBecause?: string;
  /** Optimiser, learning rate, batch size, seed and so on, shown as a table. */
  readonly settings: Readonly<Record<string, Json>>;
  /** Backend and device it ran on, and why. */
  readonly backend?: string;
}

/** The course of a network beside the main one. */
export interface OtherTraining {
  /** `ensemble-2`. */
  readonly name: string;
  readonly network: string;
  readonly parameterCount: number;
  /** What the loss is, with its unit. */
  readonly lossLabel: string;
  readonly epochs: readonly EpochRecord[];
  readonly bestEpoch?: number;
  /** Of the whole training. */
  readonly seconds?: number;
}

/** What one epoch ended with. A value that was not finite is null. */
export interface EpochRecord {
  readonly epoch: number;
  readonly trainLoss: number | null;
  readonly trainAccuracy: number | null;
  readonly validationLoss?: number | null;
  readonly validationAccuracy?: number | null;
  readonly seconds?: number;
}

/** The network's answers on one split. Accuracy and rates are computed from `confusion`. */
export interface EvaluationReport {
  /** `test`. */
  readonly split: string;
  /** What these images are, in words: `held-out simulated images, no parameter set in two splits`. */
  readonly description?: string;
  /** Counts `[true class][predicted class]`. */
  readonly confusion: readonly (readonly number[])[];
  /** Negative log-likelihood, nats an image. */
  readonly nll?: number;
  /** Expected calibration error, 0 to 1. */
  readonly ece?: number;
  /** Beside it: what chance gives, and the error with the bias taken off. */
  readonly calibration?: CalibrationReport;
  /** Bins of the reliability diagram. Empty bins may be left out. */
  readonly reliability?: readonly ReliabilityBin[];
}

/** Images whose highest score fell into one interval. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Mean of the highest score; null where `count` is 0. */
  readonly meanConfidence: number | null;
  /** Fraction that was right; null where `count` is 0. */
  readonly accuracy: number | null;
}

/** The measured image and what the network made of it. */
export interface MeasuredReport {
  readonly origin: MeasuredOrigin;
  readonly image: TiledImage;
  /** What its pixels hold. */
  readonly quantity: Quantity;
  readonly verdict: Verdict;
  readonly bestMatch?: BestMatch;
  readonly activation?: ActivationReport;
}

/** Where the measured image came from. The page says it in plain words, before any result. */
export type MeasuredOrigin =
  | {
      readonly kind: 'user-file';
      readonly path: string;
      readonly sha256: string;
      /** Whether every tile was mirrored in its horizontal axis on reading. */
      readonly mirrored: boolean;
      /** As stored: `<f8, (240, 400), Fortran order`. */
      readonly stored?: string;
    }
  | {
      readonly kind: 'fetched-dataset';
      readonly dataset: string;
      readonly path: string;
      readonly url: string;
      readonly sha256: string;
      readonly mirrored: boolean;
      readonly citation?: string;
      readonly stored?: string;
    }
  | {
      readonly kind: 'simulated-stand-in';
      /** The class it was simulated with: the right answer. */
      readonly className: string;
      readonly parameters: Readonly<Record<string, number>>;
      readonly seed: string;
      /** What was added to the simulation, in words: `counting noise (...)`, `flat background`. */
      readonly added: readonly string[];
    };

/** The answer on the measured image. */
export interface Verdict {
  /** The class, or null: outside what the network was trained on. */
  readonly className: string | null;
  /** Output of the network by class name, summing to 1. */
  readonly scores: Readonly<Record<string, number>>;
  /** The test for being outside the training distribution, where one was made. */
  readonly outside?: {
    readonly isOutside: boolean;
    /** The number it rests on. */
    readonly score: number;
    readonly threshold: number;
    /** Name of the score and which side of the threshold is outside, in words. */
    readonly method: string;
  };
}

/** The simulated image that is most like the measured one. */
export interface BestMatch {
  readonly className: string;
  readonly image: TiledImage;
  readonly parameters: Readonly<Record<string, number>>;
  /** Pearson correlation with the measured image. */
  readonly correlation: number;
  /** Over how many pixels. */
  readonly pixels: number;
  /** What was compared and how, in words: pixels used, clipping, of how many candidates the best. */
  readonly definition: string;
  readonly row?: number;
  readonly seed?: string;
  /** Factor from simulation to measurement in the difference. Default: least squares, no offset. */
  readonly scale?: number;
  /** Other comparisons worth printing: the best of each class, the published fits. */
  readonly candidates?: readonly {
    readonly label: string;
    readonly className?: string;
    readonly correlation: number;
  }[];
}

/** Where the network looked. */
export interface ActivationReport {
  /** `CAM`, `Grad-CAM`. */
  readonly method: string;
  /** Class the map explains. */
  readonly className: string;
  /** Layer it was taken at. */
  readonly layer?: string;
  /** The map as computed, `shape` row-major, drawn over the image by bilinear interpolation. */
  readonly map: Float32Array;
  /** `[rows, columns]` of `map`; any size. */
  readonly shape: readonly [number, number];
  /** True where negative values (evidence against the class) were kept. */
  readonly signed: boolean;
  /** Mean of the map per tile, `[layout.rows, layout.columns]` row-major. */
  readonly tileMeans: Float32Array;
  /** Such as: the map is empty. */
  readonly warnings?: readonly string[];
}

/** Time of one stage. */
export interface StageTiming {
  readonly stage: string;
  /** Wall-clock seconds in this run. */
  readonly seconds: number;
  /** True where an earlier run's result was taken over. */
  readonly reused?: boolean;
  /** Such as `480 images, 6.1 images/s, 2 workers`. */
  readonly detail?: string;
}

/** How a stage went over its time of work. */
export interface StageCourse {
  readonly stage: string;
  /** `images`. */
  readonly unit: string;
  /** In order of time; `done` of the whole stage. */
  readonly points: readonly {
    readonly seconds: number;
    readonly done: number;
    readonly memoryBytes?: number;
  }[];
}

/** What is needed to run it again and get the same. */
export interface Provenance {
  /** The exact command line. */
  readonly command: string;
  /** Seeds by what they seed, in decimal. */
  readonly seeds: Readonly<Record<string, string>>;
  /** Keys and hashes: what they cover, and their value. */
  readonly keys: readonly {
    readonly name: string;
    readonly value: string;
    readonly covers?: string;
  }[];
  /** Version by program or package. */
  readonly versions: Readonly<Record<string, string>>;
  /** Host facts that do not enter any key: processor, memory, workers. */
  readonly machine?: Readonly<Record<string, Json>>;
  /** Every setting of the preset and the pipeline, nested as in its file. */
  readonly settings: Readonly<Record<string, Json>>;
  /** Files read or written. */
  readonly files?: readonly {
    readonly path: string;
    readonly what?: string;
    readonly sha256?: string;
    readonly bytes?: number;
  }[];
}
