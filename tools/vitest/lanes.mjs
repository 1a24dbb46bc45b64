import { fileURLToPath } from 'node:url';
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
  const seeded = fileURLToPath(new URL('./fast-check.mjs', import.meta.url));
  return defineConfig({
    resolve: {
      conditions: [...conditions, 'node', 'import', 'default'],
      alias: [{ find: /^fast-check$/, replacement: seeded }],
    },
    ssr: { resolve: { conditions: [...conditions, 'node', 'import', 'default'] } },
    test: {
      include: lane ? [`src/**/*.${lane}.test.ts`] : ['src/**/*.test.ts'],
      exclude: lane ? [] : special.map((s) => `src/**/*.${s}.test.ts`),
      passWithNoTests: Boolean(lane),
      // These lanes lean on programs of others (Slurm's daemons, Chromium, its Vulkan): a test has a
      // second chance there, and vitest prints that it needed it. The other lanes have none.
      retry: ['slurm', 'browser', 'gpu'].includes(lane) ? 1 : 0,
      reporters: ['default', ['json', { outputFile: 'test-results/vitest.json' }]],
      // Ends what hangs; far above what any test takes, so that a slow machine fails none.
      testTimeout: 600_000,
      hookTimeout: 600_000,
      ...overrides,
    },
  });
}
