import { closeSync, fdatasync, openSync } from 'node:fs';

/** Calls that may be under way: each keeps a thread of Node's pool busy on a slow disk. */
const most = 4;

/**
 * Has the system write a growing file to the disk while its next part is made, so that the fsync at
 * its end finds little left to do. A hint alone: it promises nothing, and its errors are left to that
 * fsync, which meets them again. It has a handle of its own, so the file's may be closed at any time.
 */
export class Writeback {
  #underWay = 0;
  #ended = false;

  private constructor(private readonly file: number) {}

  /** @returns undefined where it cannot be had: Windows would want a handle to write with */
  static of(path: string): Writeback | undefined {
    if (process.platform === 'win32') return undefined;
    try {
      return new Writeback(openSync(path, 'r'));
    } catch {
      return undefined;
    }
  }

  /** Begins with what has been written by now. */
  begin(): void {
    if (this.#ended || this.#underWay >= most) return;
    this.#underWay++;
    fdatasync(this.file, () => {
      this.#underWay--;
      this.#closeWhenDone();
    });
  }

  end(): void {
    this.#ended = true;
    this.#closeWhenDone();
  }

  #closeWhenDone(): void {
    if (this.#ended && this.#underWay === 0) closeSync(this.file);
  }
}
