import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { contents, options, temporaryFolder } from '../testing/farm.fixture.js';
import { generate } from './generate.js';
import { runInChild } from './kill.fixture.js';

const { path: folder, remove } = temporaryFolder();
afterAll(remove);

/** A different sequence each day would hide failures; this one is printed and fixed. */
let state = 12345;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

describe('200 kills at random times', () => {
  it('never change the outcome', { timeout: 1_800_000 }, async () => {
    const job = { milliseconds: 1, shape: [48, 80] };
    const undisturbed = join(folder, 'undisturbed');
    const { manifestHash } = await generate(options(undisturbed, { job }));
    const expected = contents(undisturbed);
    const first = performance.now();
    await runInChild(options(join(folder, 'timing'), { job })).ended;
    const wholeMs = performance.now() - first;
    let kills = 0;
    let killed = 0;
    for (let round = 0; kills < 200; round++) {
      const outDir = join(folder, `round-${round}`);
      for (;;) {
        const run = runInChild(options(outDir, { job, workers: 1 + (round % 3) }));
        const after = random() * wholeMs * 1.1;
        kills++;
        await Promise.race([sleep(after), run.ended]);
        run.kill(random() < 0.7 ? 'SIGKILL' : 'SIGTERM');
        const { signal, code, hash, errors } = await run.ended;
        if (signal !== null) {
          killed++;
          continue;
        }
        expect({ code, hash, errors }, `round ${round}`).toEqual({
          code: 0,
          hash: manifestHash,
          errors: '',
        });
        break;
      }
      expect(contents(outDir), `round ${round}`).toEqual(expected);
      rmSync(outDir, { recursive: true });
    }
    console.log(
      `${kills} runs, ${killed} of them killed, a whole one takes ${Math.round(wholeMs)} ms`,
    );
    expect(killed).toBeGreaterThan(100);
  });
});
