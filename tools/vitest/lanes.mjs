import { defineConfig } from 'vitest/config';

/**
 * One vitest configuration for every package. A test's lane is its suffix: `x.test.ts` runs
 * always; `x.slow.test.ts`, `x.browser.test.ts`, `x.slurm.test.ts` and `x.gpu.test.ts` run only
 * when SPECTRALOOM_LANE names theirs.
 */
const special = ['slow', 'browser', 'slurm', 'gpu'];

export function laneConfig(overrides = {}) {
  const lane = process.env.SPECTRALOOM_LANE;
  if (lane && !special.includes(lane)) {
    throw new Error(`SPECTRALOOM_LANE=${lane}: expected one of ${special.join(', ')}, or unset`);
  }
  const conditions = ['@spectraloom/source'];
  return defineConfig({
    resolve: { conditions: [...conditions, 'node', 'import', 'default'] },
    ssr: { resolve: { conditions: [...conditions, 'node', 'import', 'default'] } },
    test: {
      include: lane ? [`src/**/*.${lane}.test.ts`] : ['src/**/*.test.ts'],
      exclude: lane ? [] : special.map((s) => `src/**/*.${s}.test.ts`),
      passWithNoTests: Boolean(lane),
      reporters: ['default', ['json', { outputFile: 'test-results/vitest.json' }]],
      testTimeout: lane ? 600_000 : 60_000,
      hookTimeout: lane ? 600_000 : 60_000,
      ...overrides,
    },
  });
}
