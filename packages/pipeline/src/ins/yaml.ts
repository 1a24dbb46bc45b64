import { parseDocument } from 'yaml';
import { PipelineError } from '../errors.js';
import type { NamedText } from '../opening/named.js';

/**
 * Plain data of a YAML or JSON text: comments and layout are gone, so it can go into a key. Aliases
 * are expanded, at most a hundred; one that holds itself is refused.
 * @throws PipelineError PIPELINE_INVALID
 */
export function plainYaml(file: NamedText): unknown {
  const document = parseDocument(file.text, { prettyErrors: true });
  const problem = document.errors[0];
  if (problem) throw invalid(file, problem.message, 'mend the line named');
  let data: unknown;
  try {
    data = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // The parser's ReferenceError: an alias without its anchor, or too many of them.
    const told = error instanceof Error ? error.message : String(error);
    throw invalid(file, told, 'write the repeated part out, or use fewer aliases');
  }
  const cycle = findCycle(data);
  if (cycle !== undefined) {
    throw invalid(file, `${cycle} holds itself`, 'remove the alias that points to its own parent');
  }
  return data;
}

function invalid(file: NamedText, got: string, next: string): PipelineError {
  return new PipelineError('PIPELINE_INVALID', {
    what: 'a file is not valid YAML',
    where: file.path,
    got,
    next,
  });
}

/** Place of the first value that contains itself, or undefined. */
function findCycle(data: unknown): string | undefined {
  const above = new Set<object>();
  const whole = new Set<object>();
  const visit = (value: unknown, path: string): string | undefined => {
    if (typeof value !== 'object' || value === null || whole.has(value)) return undefined;
    if (above.has(value)) return path;
    above.add(value);
    for (const [key, part] of Object.entries(value)) {
      const found = visit(part, path === '' ? key : `${path}.${key}`);
      if (found !== undefined) return found;
    }
    above.delete(value);
    whole.add(value);
    return undefined;
  };
  return visit(data, '');
}
