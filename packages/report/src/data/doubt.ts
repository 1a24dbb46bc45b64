import { z } from 'zod';

const fraction = z.number().min(0).max(1);
const finite = z.number();
const text = z.string().min(1);
const count = z.number().int().nonnegative();

const bin = z.strictObject({
  from: fraction,
  to: fraction,
  count,
  meanConfidence: fraction.nullable(),
  accuracy: fraction.nullable(),
});

/** ECE beside what chance alone gives for as many images with the same probabilities. */
export const calibrationReportSchema = z.strictObject({
  /** ECE of a perfectly calibrated classifier: mean, and where 95 % of test sets lie. */
  expected: z.strictObject({ mean: fraction, from: fraction, to: fraction }),
  /** Part of such test sets whose ECE is as large as the measured one. */
  pValue: fraction,
  /** Root mean square error with the bias taken off; below 0 where less than nothing is left. */
  debiased: finite,
  /** ECE with as many bins of equal size as keep their order. */
  sweep: fraction,
});

/** One way of saying how far the network can be believed, tried on images it never saw. */
export const methodReportSchema = z.strictObject({
  /** `ddu`. */
  name: text,
  /** What its likeness is, in words. */
  meaning: text,
  /** On `images` test images, after the temperature. */
  images: count,
  accuracy: fraction,
  nll: finite,
  ece: fraction,
  calibration: calibrationReportSchema,
  temperature: z.number().positive(),
  /** ECE before the temperature. */
  eceBefore: fraction,
  reliability: z.array(bin),
  /** Part of test images called outside; p-values below `outsideBelow` are. */
  falseAlarms: fraction,
  /** The same without noise and background. */
  falseAlarmsClean: fraction.optional(),
  /** Scores that the likeness is the worst of, where there are several. */
  parts: z.array(z.strictObject({ name: text, meaning: text, falseAlarms: fraction })).optional(),
  outsideBelow: fraction,
  /** Sets of classes that hold the label with 1 - alpha. */
  alpha: fraction,
  coverage: fraction,
  coverageByClass: fraction,
  /** Where 95 % of coverages lie for this many images. */
  coverageBounds: z.tuple([fraction, fraction]),
  meanSetSize: finite,
  /** Accuracy of those answered against the part answered. */
  rejection: z.array(z.strictObject({ coverage: fraction, accuracy: fraction })),
  outside: z.array(
    z.strictObject({
      set: text,
      what: text,
      images: count,
      auroc: fraction,
      auprc: fraction,
      /** Part of the set that is called outside. */
      refused: fraction,
      /** By each score alone. */
      parts: z.array(z.strictObject({ name: text, auroc: fraction, refused: fraction })).optional(),
    }),
  ),
});

/** A method's verdict on the measured image. */
export const verdictReportSchema = z.strictObject({
  method: text,
  /** A class by name, or null: outside. */
  className: text.nullable(),
  called: text,
  scores: z.record(z.string(), fraction),
  likeness: finite,
  pValue: fraction,
  outsideBelow: fraction,
  /** Classes that cannot be ruled out. */
  set: z.array(text),
  /** The score that the likeness is, of several, and each of them. */
  because: text.optional(),
  parts: z
    .array(z.strictObject({ name: text, meaning: text, score: finite, pValue: fraction }))
    .optional(),
});

export const doubtSchema = z.strictObject({
  methods: z.array(methodReportSchema).max(20),
  /** On the measured image. */
  verdicts: z.array(verdictReportSchema).max(20),
});

export type CalibrationReport = z.infer<typeof calibrationReportSchema>;
export type MethodReport = z.infer<typeof methodReportSchema>;
export type VerdictReport = z.infer<typeof verdictReportSchema>;
/** How far the network can be believed. */
export type DoubtReport = z.infer<typeof doubtSchema>;
