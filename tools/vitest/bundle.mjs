import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { build } from 'vite';

/** The browser of the lane `browser`; where there is none the reason is printed. */
export const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
export const browserPresent = existsSync(executablePath);
if (!browserPresent) {
  console.log(`skipped: no browser at ${executablePath} (set CHROMIUM_PATH to one)`);
}

/**
 * A package as a page has it: bundled from its source into one script, alone.
 * @param index URL of its index.ts
 * @param name the global it becomes
 */
export async function bundle(index, name) {
  const warnings = [];
  const [{ output }] = await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['@spectraloom/source', 'browser', 'import', 'default'] },
    build: {
      write: false,
      minify: false,
      lib: { entry: fileURLToPath(index), formats: ['iife'], name, fileName: name.toLowerCase() },
      rolldownOptions: { onwarn: (w) => warnings.push(w.message) },
    },
  });
  const chunks = output.filter((o) => o.type === 'chunk');
  const [{ code }] = chunks;
  return { code, chunks: chunks.length, imports: chunks.flatMap((c) => c.imports), warnings };
}

/** A page of headless Chromium on which the package is global. */
export async function pageWith(code, name) {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const page = await browser.newPage();
  await page.addScriptTag({ content: `${code}\nglobalThis.${name} = ${name};` });
  return page;
}
