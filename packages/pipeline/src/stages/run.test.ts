import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PipelineEvent } from './events.js';
import { orderStages, runStages, stageStatus } from './run.js';
import type { JsonObject, Stage } from './stage.js';

let runFolder: string;
let events: PipelineEvent[];
let ran: string[];

beforeEach(async () => {
  runFolder = await mkdtemp(join(tmpdir(), 'stages-'));
  events = [];
  ran = [];
});
afterEach(() => rm(runFolder, { recursive: true }));

/** A stage that writes its inputs and what it read to a file. */
function stage(name: string, dependsOn: string[], inputs: JsonObject): Stage {
  return {
    name,
    title: `make ${name}`,
    dependsOn,
    inputs: () => inputs,
    run: async ({ folder, upstream }) => {
      ran.push(name);
      const read = dependsOn.map((d) => upstream(d).results['made'] as string);
      const made = `${name}(${[JSON.stringify(inputs), ...read].join(',')})`;
      await writeFile(join(folder, 'out.txt'), made);
      return { results: { made }, files: ['out.txt'], summary: made };
    },
  };
}

const chain = (a: JsonObject = { x: 1 }, b: JsonObject = { y: 1 }): Stage[] => [
  stage('a', [], a),
  stage('b', ['a'], b),
  stage('c', ['b'], {}),
];

const run = (stages: Stage[], choice: object = {}, signal = new AbortController().signal) =>
  runStages(stages, { runFolder, emit: (e) => events.push(e), signal, ...choice });

describe('runStages', () => {
  test('makes each stage once, and keeps what is current', async () => {
    const first = await run(chain());
    expect(ran).toEqual(['a', 'b', 'c']);
    const second = await run(chain());
    expect(ran).toEqual(['a', 'b', 'c']);
    expect(events.filter((e) => e.type === 'stage-kept')).toHaveLength(3);
    expect(second.get('c')!.results).toEqual(first.get('c')!.results);
  });

  test('a changed input re-makes its stage and those behind it, not those before', async () => {
    await run(chain());
    ran = [];
    await run(chain({ x: 1 }, { y: 2 }));
    expect(ran).toEqual(['b', 'c']);
    ran = [];
    await run(chain());
    expect(ran, 'the old result is still there').toEqual([]);
  });

  test('until and only choose stages; only refuses when what it needs is not current', async () => {
    await expect(run(chain(), { only: 'b' })).rejects.toMatchObject({ code: 'STAGE_NOT_READY' });
    await run(chain(), { until: 'a' });
    expect(ran).toEqual(['a']);
    await run(chain(), { only: 'b' });
    expect(ran).toEqual(['a', 'b']);
    await expect(run(chain(), { until: 'z' })).rejects.toMatchObject({ code: 'STAGE_UNKNOWN' });
  });

  test('from begins with a stage: those before it must be current, those behind it follow', async () => {
    await expect(run(chain(), { from: 'b' })).rejects.toMatchObject({ code: 'STAGE_NOT_READY' });
    await run(chain(), { until: 'a' });
    ran = [];
    await run(chain(), { from: 'b' });
    expect(ran).toEqual(['b', 'c']);
    ran = [];
    await expect(run(chain({ x: 2 }), { from: 'c' })).rejects.toMatchObject({
      code: 'STAGE_NOT_READY',
    });
    await run(chain({ x: 1 }, { y: 5 }), { from: 'b', until: 'b' });
    expect(ran).toEqual(['b']);
    for (const choice of [{ from: 'z' }, { from: 'c', until: 'a' }]) {
      await expect(run(chain(), choice)).rejects.toMatchObject({ code: 'STAGE_UNKNOWN' });
    }
  });

  test('a stage that hands its work over ends the run without an error, and leaves no record', async () => {
    const stages = chain();
    stages[1] = { ...stages[1]!, run: () => Promise.resolve(undefined) };
    const finished = await run(stages);
    expect([...finished.keys()]).toEqual(['a']);
    expect(ran).toEqual(['a']);
    expect(existsSync(join(runFolder, 'b'))).toBe(true);
    expect((await stageStatus(chain(), runFolder))[1]!.state).toBe('never run');
    await run(chain());
    expect(ran).toEqual(['a', 'b', 'c']);
  });

  test('an altered result is refused, not believed', async () => {
    const done = await run(chain());
    const file = join(done.get('b')!.folder, 'out.txt');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('1', '2'));
    await expect(run(chain())).rejects.toMatchObject({ code: 'STAGE_DAMAGED' });
    await writeFile(file, text);
    await run(chain());
  });

  test('a stage that fails leaves no record, and the next run makes it', async () => {
    let fail = true;
    const flaky: Stage = {
      ...stage('a', [], {}),
      run: async (context) => {
        if (fail) throw new Error('no luck');
        return stage('a', [], {}).run(context);
      },
    };
    await expect(run([flaky])).rejects.toThrow('no luck');
    expect(readdirSync(join(runFolder, 'a')), 'no empty folder either').toEqual([]);
    fail = false;
    await run([flaky]);
    expect(ran).toEqual(['a']);
  });

  test('making a stage anew that fails brings its old result back', async () => {
    await run(chain());
    const failing: Stage = {
      ...stage('a', [], { x: 1 }),
      run: async ({ folder }) => {
        await writeFile(join(folder, 'half.txt'), 'half');
        throw new Error('no luck');
      },
    };
    await expect(run([failing], { force: ['a'] })).rejects.toThrow('no luck');
    ran = [];
    await run(chain());
    expect(ran, 'all results are still there').toEqual([]);
    await run(chain(), { force: ['a'] });
    expect(ran).toEqual(['a']);
  });

  test('an interrupt ends the run before the next stage', async () => {
    const controller = new AbortController();
    const stopping: Stage = {
      ...stage('a', [], {}),
      run: async (context) => {
        const done = await stage('a', [], {}).run(context);
        controller.abort();
        return done;
      },
    };
    await expect(
      run([stopping, stage('b', ['a'], {})], {}, controller.signal),
    ).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(ran).toEqual(['a']);
  });

  test('two runs at once never make a stage twice', async () => {
    const settled = await Promise.allSettled([run(chain()), run(chain())]);
    expect(settled.filter((s) => s.status === 'fulfilled').length).toBeGreaterThanOrEqual(1);
    expect(ran.filter((name) => name === 'a')).toHaveLength(1);
  });
});

describe('orderStages', () => {
  test('puts a stage behind those it needs, in whatever order they were listed', () => {
    expect(orderStages(chain().reverse()).map((s) => s.name)).toEqual(['a', 'b', 'c']);
  });
});

describe('stageStatus', () => {
  test('names the first input that changed', async () => {
    expect((await stageStatus(chain(), runFolder)).map((s) => s.state)).toEqual([
      'never run',
      'never run',
      'never run',
    ]);
    await run(chain());
    const status = await stageStatus(chain({ x: 2 }), runFolder);
    expect(status.map((s) => s.state)).toEqual(['stale', 'stale', 'stale']);
    expect(status[0]!.differences[0]).toEqual({ path: 'x', before: 1, after: 2 });
    expect(status[1]!.differences[0]!.path).toBe('upstream.a');
  });
});
