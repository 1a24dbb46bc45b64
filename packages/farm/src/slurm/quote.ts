import { FarmError } from '../errors.js';

/** A word of bash: as it is where nothing in it is special, else in single quotes. */
export function bashWord(text: string): string {
  if (text.includes('\0')) throw unsayable(text, 'a NUL character');
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * The value of an option in an #SBATCH line. sbatch has its own quoting, which is not bash's: inside
 * double quotes only `"` and `\` are special, and nothing is expanded.
 */
export function sbatchValue(text: string): string {
  if (/[\0\r\n]/.test(text)) throw unsayable(text, 'a line break');
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/**
 * A folder as the start of a file name pattern (`--output`): `%` stands for itself. A backslash
 * would switch the patterns off, and Slurm drops it.
 */
export function patternFolder(folder: string): string {
  if (folder.includes('\\')) throw unsayable(folder, 'a backslash');
  return folder.replaceAll('%', '%%');
}

function unsayable(text: string, what: string): FarmError {
  return new FarmError({
    code: 'SLURM_PATH',
    what: `Slurm cannot be told a name with ${what}`,
    got: JSON.stringify(text),
    next: 'choose another folder or name',
  });
}
