// Writes src/catalogue/files.ts from data/*.yaml, so that the tracked instruments are there in a
// browser, where no file can be read. Run: node packages/instrument/tools/inline.mjs
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const data = new URL('../data/', import.meta.url);
const entries = readdirSync(data)
  .filter((f) => f.endsWith('.yaml'))
  .sort()
  .map((f) => {
    const text = readFileSync(new URL(f, data), 'utf8');
    return `  ${JSON.stringify(f.replace('.yaml', ''))}: ${JSON.stringify(text)},`;
  });
writeFileSync(
  new URL('../src/catalogue/files.ts', import.meta.url),
  `// Made by tools/inline.mjs from data/*.yaml; change those and run it again.
/* prettier-ignore */
export const instrumentFiles: Readonly<Record<string, string>> = {
${entries.join('\n')}
};
`,
);
