import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../fixtures/train.mjs', import.meta.url));
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spectraloom-kill-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Trains in a process of its own; `killAt`: "epoch/images done" at which it waits to be killed. */
function trainInChild(checkpoints: string, killAt?: string) {
  const child = spawn(process.execPath, [script, checkpoints, killAt ?? ''], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  let errors = '';
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  child.stdout.on('data', (data: Buffer) => {
    text += data.toString();
    if (killAt !== undefined && text.includes(`${killAt}\n`)) child.kill('SIGKILL');
  });
  return new Promise<{ signal: string | null; code: number | null; text: string; errors: string }>(
    (resolve) => child.on('close', (code, signal) => resolve({ signal, code, text, errors })),
  );
}

it('kill -9 in the middle of an epoch, twice: the same files in the end, byte for byte', async () => {
  const [whole, broken] = [join(folder, 'whole'), join(folder, 'broken')];
  const undisturbed = await trainInChild(whole);
  expect(undisturbed.errors).toBe('');
  expect(undisturbed).toMatchObject({ code: 0, signal: null });
  for (const at of ['2/32', '4/48']) {
    expect(await trainInChild(broken, at)).toMatchObject({ signal: 'SIGKILL', code: null });
  }
  expect(existsSync(join(broken, 'last.safetensors'))).toBe(true);
  const last = await trainInChild(broken);
  expect(last).toMatchObject({ code: 0, signal: null });
  // Went on after the third epoch, and did not start anew.
  expect(last.text.split('\n')[0]).toMatch(/^4\//);
  for (const name of ['best.safetensors', 'last.safetensors']) {
    expect(await readFile(join(broken, name))).toEqual(await readFile(join(whole, name)));
  }
});
