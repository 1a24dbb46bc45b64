import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawPlan } from '@spectraloom/sampling';
import { afterAll, expect, it } from 'vitest';
import { generate, type GenerateOptions } from '../generate/generate.js';
import { startTestCluster } from '../slurm/cluster.fixture.js';
import { slurmEngine } from '../slurm/slurm-engine.js';
import { temporaryFolder } from '../testing/farm.fixture.js';
import { waterTask } from './water.js';

const started = startTestCluster('--cpus', '2');
if (typeof started === 'string') console.log(`slurm lane: ${started}`);
afterAll(() => {
  if (typeof started !== 'string') started.stop();
});

it.skipIf(typeof started === 'string')(
  'water spectra are the same files from threads and from a job array',
  async () => {
    if (typeof started === 'string') return;
    const prior = (mean: number, sd: number) => ({ kind: 'normal' as const, mean, sd });
    const options = (outDir: string): GenerateOptions => ({
      plan: drawPlan({
        models: [
          {
            label: 'structure',
            parameters: [
              { name: 'angleDeg', unit: 'deg', prior: prior(104, 10) },
              { name: 'longAngstrom', unit: 'Å', prior: prior(1, 0.02) },
              { name: 'shortAngstrom', unit: 'Å', prior: prior(0.9, 0.02) },
            ],
          },
        ],
        rowsPerModel: 20,
        seed: 5,
      }),
      job: {
        targets: [
          {
            spectrum: 'emission',
            basis: '6-31G',
            fwhmEv: 1,
            gridEv: { from: 512, to: 552, points: 50 },
          },
        ],
      },
      taskModule: waterTask,
      rowsPerShard: 5,
      workers: 1,
      outDir,
    });
    const [local, cluster] = [temporaryFolder(), temporaryFolder()];
    try {
      const here = await generate(options(local.path));
      const engine = slurmEngine({ env: started.env, pollMs: 200 });
      const there = await engine.generate(options(cluster.path));
      expect(there.manifestHash).toBe(here.manifestHash);
      const shards = (folder: string) =>
        readdirSync(folder)
          .filter((name) => name.endsWith('.arrow'))
          .map((name) => [name, readFileSync(join(folder, name)).toString('base64')]);
      expect(shards(cluster.path)).toEqual(shards(local.path));
      expect(shards(local.path).length).toBe(4);
    } finally {
      local.remove();
      cluster.remove();
    }
  },
);
