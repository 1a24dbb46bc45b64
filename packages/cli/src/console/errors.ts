import { statSync } from 'node:fs';

/** The fields of a Spectraloom error, as any package throws it; recognised by shape. */
interface Told {
  readonly code?: unknown;
  readonly what?: unknown;
  readonly where?: unknown;
  readonly got?: unknown;
  readonly expected?: unknown;
  readonly next?: unknown;
  readonly message?: unknown;
}

const fields = ['where', 'got', 'expected', 'next'] as const;

/** A wrong call of the command line itself: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;

  constructor(told: {
    what: string;
    where?: string;
    got?: string;
    expected?: string;
    next?: string;
  }) {
    super(told.what);
    this.what = told.what;
    Object.assign(this, told);
  }
}

/**
 * "error: what", then one indented line for each of where, got, expected, next that is known.
 * @param args words of the call, for system errors that do not say which file they are about
 */
export function errorText(error: unknown, args: readonly string[] = []): string {
  error = systemError(error, args) ?? error;
  const told = (typeof error === 'object' && error !== null ? error : {}) as Told;
  if (typeof told.what === 'string') {
    const lines = [`error: ${told.what}`];
    for (const field of fields) {
      const value = told[field];
      if (typeof value !== 'string' || value === '') continue;
      const [first, ...rest] = value.split('\n');
      lines.push(
        `  ${field.padEnd(9)} ${first}`,
        ...rest.map((line) => `  ${' '.repeat(9)} ${line}`),
      );
    }
    return lines.join('\n');
  }
  // Not one of ours: a defect. The stack is what a bug report needs.
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `error: unexpected failure\n${stack}\n  next      this is a defect of Spectraloom: please report it with the lines above`;
}

/** The same as a JSON object, for `--json`. */
export function errorJson(error: unknown, args: readonly string[] = []): Record<string, unknown> {
  error = systemError(error, args) ?? error;
  const told = (typeof error === 'object' && error !== null ? error : {}) as Told;
  const json: Record<string, unknown> = {
    type: 'error',
    code: typeof told.code === 'string' ? told.code : 'UNEXPECTED',
    what: typeof told.what === 'string' ? told.what : String(told.message ?? error),
  };
  for (const field of fields) if (typeof told[field] === 'string') json[field] = told[field];
  return json;
}

const systemMeaning: Record<string, [string, string]> = {
  ENOENT: ['no such file or folder', 'check the path'],
  EACCES: ['no permission', 'choose a place you may read and write'],
  EROFS: ['the file system is read-only', 'choose a place you may write'],
  EISDIR: ['this is a folder, a file was expected', 'name a file'],
  ENOTDIR: ['a part of this path is not a folder', 'check the path'],
  EMFILE: ['too many open files', 'raise the limit (ulimit -n)'],
  EEXIST: ['there is a file of this name', 'choose another name'],
  ENAMETOOLONG: ['the name is too long', 'choose a shorter one'],
  ENOSPC: ['the disk is full', 'free some space and run the same command again'],
};

/** What the system refused, in words; undefined for any other error. */
function systemError(error: unknown, args: readonly string[]): Told | undefined {
  const { code, path, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  const meaning = code === undefined ? undefined : systemMeaning[code];
  if (!meaning || typeof (error as Told).what === 'string') return undefined;
  // Reading an open folder fails without its name.
  const where = path ?? (code === 'EISDIR' ? foldersAmong(args).join(' or ') : undefined);
  return {
    code,
    what: meaning[0],
    where,
    got: `${code}${syscall ? ` from ${syscall}` : ''}`,
    next: meaning[1],
  };
}

/** Words of a call, or what follows their `=`, that are folders. */
function foldersAmong(args: readonly string[]): string[] {
  const words = args.slice(1).flatMap((word) => [word, word.slice(word.indexOf('=') + 1)]);
  return [...new Set(words)].filter(
    (word) => word !== '' && statSync(word, { throwIfNoEntry: false })?.isDirectory(),
  );
}

/** 2: the call was wrong; 130: interrupted; 1: it was right and failed. */
export function exitCode(error: unknown): number {
  const code = (error as Told | undefined)?.code;
  if (code === 'USAGE') return 2;
  if (code === 'INTERRUPTED') return 130;
  return 1;
}
