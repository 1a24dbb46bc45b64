import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DatasetLocked } from '../errors.js';
import { acquireLock } from './lock.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spectraloom-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Leaves the lock of a process that has ended. */
function leaveDeadLock(fields: Record<string, unknown> = {}): void {
  const ended = spawnSync(process.execPath, ['-e', '']).pid;
  const owner = { pid: ended, host: hostname(), startedAt: '2026-01-01', token: 'dead', ...fields };
  writeFileSync(join(folder, '.spectraloom.lock'), JSON.stringify(owner));
}

describe('acquireLock', () => {
  it('fails the second one with pid and host, until released', async () => {
    const first = await acquireLock(folder);
    const error = await acquireLock(folder).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DatasetLocked);
    expect(error).toMatchObject({ code: 'LOCKED', pid: process.pid, host: hostname() });
    expect((error as Error).message).toContain(`process ${process.pid} on ${hostname()}`);
    await first.release();
    const second = await acquireLock(folder);
    await first.release();
    expect(existsSync(second.path)).toBe(true);
    await second.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('keeps locks of different names apart and makes the folder', async () => {
    const below = join(folder, 'a', 'b');
    const locks = [
      await acquireLock(below, { name: 'x' }),
      await acquireLock(below, { name: 'y' }),
    ];
    for (const lock of locks) await lock.release();
    expect(readdirSync(below)).toEqual([]);
  });

  it('takes over the lock of a process that has ended', async () => {
    leaveDeadLock();
    const lock = await acquireLock(folder);
    expect(JSON.parse(readFileSync(lock.path, 'utf8'))).toMatchObject({ pid: process.pid });
    expect(readdirSync(folder)).toEqual(['.spectraloom.lock']);
    await lock.release();
  });

  it.runIf(process.platform === 'linux')('knows a later process with the same number', async () => {
    leaveDeadLock({ pid: process.pid, processStart: '1' });
    await (await acquireLock(folder)).release();
  });

  it('also when the one that took over was killed in the middle of it', async () => {
    leaveDeadLock();
    const claim = { pid: 999_999_99, host: hostname(), startedAt: '', token: 'dead-too' };
    writeFileSync(join(folder, '.spectraloom.lock.dead'), JSON.stringify(claim));
    const lock = await acquireLock(folder);
    expect(readdirSync(folder)).toEqual(['.spectraloom.lock']);
    await lock.release();
  });

  it('leaves nothing of attempts that were killed', async () => {
    for (const name of ['.spectraloom.lock.12-0123abcd.part', '.spectraloom.lock.old-token']) {
      writeFileSync(join(folder, name), '');
    }
    const lock = await acquireLock(folder);
    expect(readdirSync(folder)).toEqual(['.spectraloom.lock']);
    await lock.release();
  });

  it('believes a lock of another host', async () => {
    leaveDeadLock({ host: 'elsewhere' });
    await expect(acquireLock(folder)).rejects.toMatchObject({ code: 'LOCKED', host: 'elsewhere' });
  });

  it('waits when asked to, and can be interrupted', async () => {
    const first = await acquireLock(folder);
    let waited = 0;
    const lock = await acquireLock(folder, {
      waitMs: 60_000,
      onWait: () => {
        waited++;
        void first.release();
      },
    });
    expect(waited).toBe(1);
    const controller = new AbortController();
    const { signal } = controller;
    const onWait = () => controller.abort(new Error('stop'));
    await expect(acquireLock(folder, { waitMs: 60_000, signal, onWait })).rejects.toThrow('stop');
    await lock.release();
  });

  it('names a file that is no lock', async () => {
    writeFileSync(join(folder, '.spectraloom.lock'), 'something');
    await expect(acquireLock(folder)).rejects.toThrow(/does not read as a lock.*delete this file/);
  });

  it.skipIf(process.getuid?.() === 0)('says that a folder is read-only', async () => {
    chmodSync(folder, 0o500);
    await expect(acquireLock(folder)).rejects.toMatchObject({ code: 'NOT_WRITABLE' });
    chmodSync(folder, 0o700);
  });

  it('gives a dead lock to one of many processes', async () => {
    leaveDeadLock();
    // Needs the built package, as a second process does.
    const built = new URL('../../dist/lock/lock.js', import.meta.url).href;
    const script = `
      const { acquireLock } = await import(${JSON.stringify(built)});
      process.stdin.once('data', async () => {
        try {
          await acquireLock(${JSON.stringify(folder)});
          console.log('mine');
          process.stdin.once('end', () => process.exit());
        } catch (error) {
          console.log(error.code);
          process.exit();
        }
      });
      console.log('ready');
    `;
    const children = Array.from({ length: 6 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    const outputs = children.map((child) => {
      let text = '';
      child.stdout.on('data', (data: Buffer) => {
        text += data.toString();
      });
      return { child, text: () => text };
    });
    const closed = children.map((child) => new Promise((resolve) => child.on('close', resolve)));
    while (!outputs.every((o) => o.text().includes('ready'))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (const child of children) child.stdin.write('go\n');
    const answered = () => outputs.filter((o) => /mine|[A-Z]/.test(o.text())).length;
    while (answered() < children.length) await new Promise((resolve) => setTimeout(resolve, 20));
    // The winner holds the lock until all have asked.
    for (const child of children) child.stdin.end();
    await Promise.all(closed);
    const answers = outputs.map((o) => o.text().trim().split('\n').at(-1)).sort();
    expect(answers).toEqual(['LOCKED', 'LOCKED', 'LOCKED', 'LOCKED', 'LOCKED', 'mine']);
  });
});
