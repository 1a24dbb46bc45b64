import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Layers, top to bottom: a package may import its own layer and those below it (no cycles). */
const layers = ['app', 'flow', 'process', 'domain', 'foundation'];
const depConstraints = layers.map((layer, i) => ({
  sourceTag: `layer:${layer}`,
  onlyDependOnLibsWithTags: layers.slice(i).map((l) => `layer:${l}`),
}));

/** Packages that run unchanged in a browser: no Node modules, and only each other. */
depConstraints.push({ sourceTag: 'runs:browser', onlyDependOnLibsWithTags: ['runs:browser'] });
const browserPackages = ['spinwave', 'instrument', 'xray', 'imaging', 'sampling'];

export default tseslint.config(
  { ignores: ['**/dist', '**/out-spec', '**/node_modules', '.nx', 'runs', 'datasets'] },
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
    },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: true,
          // The lanes' own helpers: where a software GPU is found.
          allow: ['../../../tools/vitest/*', '../../../../tools/vitest/*'],
          depConstraints,
          // The command line loads heavy packages when a command needs them; its tests import them plainly.
          checkDynamicDependenciesExceptions: ['.*'],
        },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    ignores: ['**/*.test.ts', '**/*.fixture.ts'],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    files: browserPackages.map((p) => `packages/${p}/src/**/*.ts`),
    ignores: ['**/*.test.ts', '**/*.fixture.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['node:*', 'fs', 'path', 'worker_threads', 'os', 'crypto'],
              message: 'This package runs in a browser: no Node modules.',
            },
          ],
        },
      ],
      'no-restricted-globals': ['error', 'process', 'Buffer', '__dirname', 'require'],
    },
  },
);
