import { LineCounter, isCollection, isMap, isPair, parseDocument } from 'yaml';
import type { Document, Node } from 'yaml';
import { ModelError } from '../errors.js';
import type { ModelProblem } from '../errors.js';

/** Keys and indices from the root of the file. */
export type FilePath = readonly (string | number)[];

/** Largest model file read, in characters. */
const MAX_MODEL_CHARACTERS = 4_000_000;

/** Most uses of YAML aliases (`*name`), counted with what they stand for. */
const maxAliases = 200;

/** A parsed text that knows where each of its values stands. */
export interface ModelSource {
  /** Name of the file or '<text>'. */
  readonly source: string;
  /** Plain data: objects, arrays, strings, numbers, booleans, null. */
  readonly value: unknown;
  /** Line and column (from 1) of the value at `path`, or of the nearest parent there is. */
  place(path: FilePath, at?: 'value' | 'key'): { line: number; column: number } | undefined;
}

/** 'interactions[2].exchange'. */
export function formatPath(path: FilePath): string {
  let s = '';
  for (const key of path) s += typeof key === 'number' ? `[${key}]` : s ? `.${key}` : key;
  return s;
}

/**
 * Reads YAML 1.2 or JSON (which is YAML). Throws ModelError with every syntax error and its place;
 * also for a text over the size limit, and for aliases that multiply beyond their limit.
 */
export function readModelSource(text: string, source = '<text>'): ModelSource {
  const fail = (what: string, extra: Partial<ModelProblem> = {}): never => {
    throw new ModelError([
      { code: 'SYNTAX', severity: 'error', path: '', where: source, what, ...extra },
    ]);
  };
  if (text.length > MAX_MODEL_CHARACTERS)
    fail('the model file is too large', {
      code: 'TOO_LARGE',
      got: `${text.length} characters`,
      expected: `at most ${MAX_MODEL_CHARACTERS}`,
    });
  const lines = new LineCounter();
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true });
  } catch (error) {
    return fail('the model file cannot be read', { got: nestingOr(error) });
  }
  if (document.errors.length > 0)
    throw new ModelError(
      document.errors.slice(0, 20).map((e): ModelProblem => {
        const { line, col } = lines.linePos(e.pos[0]);
        const what = `not valid YAML or JSON: ${e.message.split('\n')[0]!.trim()}`;
        return {
          code: 'SYNTAX',
          severity: 'error',
          path: '',
          what,
          line,
          column: col,
          where: `${source}:${line}:${col}`,
        };
      }),
    );
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: maxAliases });
  } catch (error) {
    return fail('the model file cannot be read', { code: 'ALIASES', got: nestingOr(error) });
  }
  if (refersToItself(value))
    fail('the model file cannot be read', {
      code: 'ALIASES',
      got: 'an anchor that holds an alias of itself',
      expected: 'a tree',
      next: 'remove the alias (*name) inside the value its anchor (&name) marks',
    });
  return {
    source,
    value,
    place(path, at = 'value') {
      const offset = findOffset(document, path, at);
      if (offset === undefined) return undefined;
      const { line, col } = lines.linePos(offset);
      return { line, column: col };
    },
  };
}

/** Whether a value holds itself, at any depth. */
function refersToItself(value: unknown, above = new Set<unknown>()): boolean {
  if (value === null || typeof value !== 'object') return false;
  if (above.has(value)) return true;
  above.add(value);
  const found = Object.values(value).some((v) => refersToItself(v, above));
  above.delete(value);
  return found;
}

function nestingOr(error: unknown): string {
  if (error instanceof RangeError) return 'nesting that is too deep';
  return error instanceof Error ? error.message : String(error);
}

/** Walks down `path` as far as it exists. */
function findOffset(document: Document.Parsed, path: FilePath, at: 'value' | 'key') {
  let node: unknown = document.contents;
  let offset = (node as Node | null)?.range?.[0];
  for (const [depth, key] of path.entries()) {
    node = resolveAlias(document, node);
    if (!isCollection(node)) return offset;
    const item = isMap(node)
      ? node.items.find(
          (p) => String((p.key as { value?: unknown })?.value ?? p.key) === String(key),
        )
      : node.items[key as number];
    if (item === undefined) return offset;
    const last = depth === path.length - 1;
    const keyNode = isPair(item) ? (item.key as Node | undefined) : undefined;
    node = isPair(item) ? item.value : item;
    const range = (last && at === 'key' ? keyNode : (node as Node | null))?.range ?? keyNode?.range;
    if (range) offset = range[0];
  }
  return offset;
}

function resolveAlias(document: Document.Parsed, node: unknown): unknown {
  const alias = node as { resolve?: (d: Document) => unknown };
  return alias && typeof alias.resolve === 'function' ? alias.resolve(document) : node;
}
