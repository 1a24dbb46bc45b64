import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';

const watchParent = new URL('../../dist/process/watch-parent.js', import.meta.url).href;

it('notices that the parent was killed', async () => {
  const grandchild = `
    const { watchParent } = await import(${JSON.stringify(watchParent)});
    watchParent(() => { console.log('orphaned'); process.exit(); }, 20);
    setInterval(() => {}, 1000);
    console.log('watching');
  `;
  const child = `
    const { spawn } = require('node:child_process');
    spawn(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(grandchild)}], { stdio: 'inherit' });
    setInterval(() => {}, 1000);
  `;
  const parent = spawn(process.execPath, ['-e', child], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  parent.stdout.on('data', (data: Buffer) => {
    said += data.toString();
    if (said.trim() === 'watching') parent.kill('SIGKILL');
  });
  await new Promise((resolve) => parent.stdout.on('close', resolve));
  expect(said.trim().split('\n')).toEqual(['watching', 'orphaned']);
});
