import type { z } from 'zod';
import type { Problems } from './problems.js';
import { modelFileJsonSchema, modelFileSchema } from './schema.js';
import type { ModelFile } from './schema.js';
import type { FilePath } from './source.js';
import { suggestion } from './suggest.js';

type Issue = z.core.$ZodIssue;

/** Checks the shape of the file; undefined when it has problems, which are then in `problems`. */
export function validateShape(value: unknown, problems: Problems): ModelFile | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    problems.error('SHAPE', [], {
      what: 'a model file is a mapping of keys to values',
      got: describe(value),
      expected: 'name, lattice, sites, interactions, ...',
      next: 'see docs/guides/model-files.md',
    });
    return undefined;
  }
  const result = modelFileSchema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) report(issue, [], value, problems);
  return undefined;
}

function report(issue: Issue, prefix: FilePath, root: unknown, problems: Problems): void {
  const path = [...prefix, ...(issue.path as (string | number)[])];
  const got = valueAt(root, path);
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(path);
    for (const key of issue.keys)
      problems.error(
        'UNKNOWN_KEY',
        [...path, key],
        { what: `unknown key '${key}'`, next: suggestion(key, known) },
        'key',
      );
    return;
  }
  if (issue.code === 'invalid_union') {
    const inner = bestBranch(issue.errors, got);
    if (inner) {
      for (const sub of inner) report(sub, path, root, problems);
      return;
    }
  }
  if (got === undefined) {
    problems.error('MISSING_KEY', path, {
      what: `${String(path.at(-1) ?? 'value')} is missing`,
      expected: issue.code === 'invalid_type' ? issue.expected : undefined,
    });
    return;
  }
  if (typeof got === 'number' && !Number.isFinite(got)) {
    problems.error('NOT_FINITE', path, {
      what: `${got} is not a finite number`,
      got: describe(got),
    });
    return;
  }
  const name = String(path.at(-1) ?? 'the file');
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input'))
    problems.error('SHAPE', path, {
      what: `'${name}' has a value of the wrong kind`,
      got: describe(got),
      expected: kinds[issue.expected] ?? issue.expected,
    });
  else if (issue.code === 'invalid_value' && issue.message.startsWith('Invalid'))
    problems.error('SHAPE', path, {
      what: `'${name}' has a value there is not`,
      got: describe(got),
      expected: issue.values.map((v) => `'${String(v)}'`).join(' or '),
    });
  else
    problems.error('SHAPE', path, {
      what: issue.message.replace(/^(Invalid input|Too (small|big)): /, ''),
      got: describe(got),
    });
}

const kinds: Readonly<Record<string, string>> = {
  array: 'a list',
  tuple: 'a list',
  object: 'a mapping of keys to values',
  record: 'a mapping of names to values',
  number: 'a number',
  int: 'a whole number',
  string: 'a text',
  boolean: 'true or false',
};

/**
 * The branch of a union the writer meant: the one that got inside the value (an object branch for an
 * object). None when every branch fails at the value itself.
 */
function bestBranch(
  branches: readonly (readonly Issue[])[],
  got: unknown,
): readonly Issue[] | undefined {
  const inside = branches.filter((issues) =>
    issues.every((i) => i.path.length > 0 || i.code === 'unrecognized_keys'),
  );
  if (inside.length === 0 || got === null || typeof got !== 'object') return undefined;
  const strangers = (b: readonly Issue[]) =>
    b.reduce((n, i) => n + (i.code === 'unrecognized_keys' ? i.keys.length : 0), 0);
  const best = [...inside].sort((x, y) => strangers(x) - strangers(y) || x.length - y.length)[0]!;
  // several branches of which none is near: let the message of the union speak
  return inside.length > 1 && strangers(best) === Object.keys(got).length ? undefined : best;
}

function valueAt(root: unknown, path: FilePath): unknown {
  let v = root;
  for (const key of path) {
    if (v === null || typeof v !== 'object') return undefined;
    v = (v as Record<string | number, unknown>)[key];
  }
  return v;
}

interface JsonSchemaNode {
  $ref?: string;
  $defs?: Record<string, JsonSchemaNode>;
  properties?: Record<string, JsonSchemaNode>;
  items?: JsonSchemaNode;
  prefixItems?: JsonSchemaNode[];
  anyOf?: JsonSchemaNode[];
  additionalProperties?: JsonSchemaNode | boolean;
}

/** The keys the schema allows at `path`. */
function knownKeys(path: FilePath): string[] {
  const root = modelFileJsonSchema() as JsonSchemaNode;
  const alternatives = (n: JsonSchemaNode): JsonSchemaNode[] => {
    if (n.$ref) return alternatives(root.$defs![n.$ref.replace('#/$defs/', '')]!);
    return n.anyOf ? n.anyOf.flatMap(alternatives) : [n];
  };
  let nodes: JsonSchemaNode[] = [root];
  for (const key of path)
    nodes = nodes.flatMap(alternatives).flatMap((n) => {
      if (typeof key === 'number') return n.prefixItems?.[key] ?? n.items ?? [];
      if (n.properties?.[key]) return n.properties[key];
      return typeof n.additionalProperties === 'object' ? n.additionalProperties : [];
    });
  return nodes.flatMap(alternatives).flatMap((n) => Object.keys(n.properties ?? {}));
}

/** A value in few words. */
export function describe(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value, (_, v: unknown) =>
    typeof v === 'number' && !Number.isFinite(v) ? String(v) : v,
  );
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
