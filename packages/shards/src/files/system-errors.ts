import { ShardsError } from '../errors.js';

/**
 * An error of the operating system in this package's terms; others are handed back as they are.
 * @param doing what was tried, as in 'write a shard'
 */
export function systemError(error: unknown, doing: string, path: string): unknown {
  if (error instanceof ShardsError) return error;
  const { code, message } = (error ?? {}) as { code?: unknown; message?: string };
  if (typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) return error;
  // A file in the making has a name that means nothing to the reader: the final one.
  const got = (message ?? code).replace(/\.\d+-[0-9a-f]{8}\.part/g, '');
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new ShardsError(
      {
        code: 'DISK_FULL',
        what: `No space is left to ${doing}`,
        where: path,
        got,
        next: 'free some space (or choose another folder) and run again: finished shards are kept',
      },
      { cause: error },
    );
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new ShardsError(
      {
        code: 'NOT_WRITABLE',
        what: `There is no permission to ${doing}`,
        where: path,
        got,
        next: "give yourself the folder's rights, or choose another one",
      },
      { cause: error },
    );
  }
  return new ShardsError(
    { code: 'IO', what: `The system could not ${doing}`, where: path, got },
    { cause: error },
  );
}
