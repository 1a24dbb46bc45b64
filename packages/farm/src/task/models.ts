import { parseSpinModel, prepare, type PreparedModel } from '@spectraloom/spinwave';
import { FarmError } from '../errors.js';

/** The models of a job by label, parsed; asking for a label that is not there is an error. */
export class LabelledModels {
  readonly #models = new Map<string, PreparedModel>();

  /** @throws ModelError */
  constructor(texts: Readonly<Record<string, string>>) {
    for (const [label, text] of Object.entries(texts)) {
      this.#models.set(label, prepare(parseSpinModel(text, { source: `model ${label}` })));
    }
  }

  get labels(): string[] {
    return [...this.#models.keys()];
  }

  /** @throws FarmError TASK_INVALID */
  get(label: string): PreparedModel {
    const model = this.#models.get(label);
    if (model) return model;
    throw new FarmError({
      code: 'TASK_INVALID',
      what: 'The job has no model for a label of the plan',
      got: label,
      expected: `one of ${this.labels.join(', ')}`,
    });
  }
}
