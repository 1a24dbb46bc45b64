import type { ErrorDetail, ModelProblem } from '../errors.js';
import { formatPath } from './source.js';
import type { FilePath, ModelSource } from './source.js';

/** Collects the problems of one model file, so that a user sees all of them at once. */
export class Problems {
  readonly list: ModelProblem[] = [];
  readonly #source: ModelSource;

  constructor(source: ModelSource) {
    this.#source = source;
  }

  get hasErrors(): boolean {
    return this.list.some((p) => p.severity === 'error');
  }

  /** An error: the file describes no usable model. */
  error(code: string, path: FilePath, detail: ErrorDetail, at: 'value' | 'key' = 'value'): void {
    this.#add('error', code, path, detail, at);
  }

  /** A warning: legal, but probably not meant. */
  warn(code: string, path: FilePath, detail: ErrorDetail, at: 'value' | 'key' = 'value'): void {
    this.#add('warning', code, path, detail, at);
  }

  #add(
    severity: 'error' | 'warning',
    code: string,
    path: FilePath,
    detail: ErrorDetail,
    at: 'value' | 'key',
  ): void {
    const place = this.#source.place(path, at);
    const position = place
      ? `${this.#source.source}:${place.line}:${place.column}`
      : this.#source.source;
    const name = formatPath(path);
    this.list.push({
      ...detail,
      code,
      severity,
      path: name,
      where: name ? `${position} (${name})` : position,
      line: place?.line,
      column: place?.column,
    });
  }
}
