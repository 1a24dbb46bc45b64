import { html, type Markup } from '../markup/html.js';
import { formatBytes, formatFixed, formatSeconds } from '../markup/numbers.js';
import type { PageContext } from './context.js';
import { coursePlots } from './course.js';
import { code, dataTable, factTable, settingsTable, type Section } from './parts.js';

/** Time of each stage, with a bar for its share. */
export function timingSection(context: PageContext): Section | undefined {
  const { data } = context;
  if (data.timing.length === 0) return undefined;
  const longest = Math.max(...data.timing.map((t) => t.seconds), 1e-9);
  const total = data.timing.reduce((sum, t) => sum + t.seconds, 0);
  return {
    id: 'timing',
    title: 'Time',
    body: html`${dataTable(
      [{ title: 'Stage' }, { title: 'time', numeric: true }, { title: '' }, { title: '' }],
      [
        ...data.timing.map((t) => [
          t.stage,
          formatSeconds(t.seconds),
          html`<span class="bar" style="width:${formatFixed((t.seconds / longest) * 160, 1)}px"></span>`,
          [t.reused && 'taken over from an earlier run', t.detail].filter(Boolean).join('; '),
        ]),
        [html`<b>all stages</b>`, html`<b>${formatSeconds(total)}</b>`, '', ''],
      ],
    )}${(data.courses ?? []).map((course) => coursePlots(context, course))}`,
  };
}

/** Everything needed to run it again. */
export function provenanceSection({ data }: PageContext): Section {
  const { provenance: p } = data;
  const seeds = Object.entries(p.seeds);
  const versions = Object.entries(p.versions);
  const files = p.files ?? [];
  const part = (title: string, body: Markup | false | undefined) =>
    body && html`<div class="part"><h3>${title}</h3>${body}</div>`;
  return {
    id: 'again',
    title: 'To run it again',
    body: html`<pre class="command" tabindex="0"><code>${p.command}</code></pre>
      <p class="prose">Same command, settings, seeds and versions: same plan, same images, same keys.</p>
      <div class="columns">
        ${part('Seeds', seeds.length > 0 && factTable(seeds.map(([k, v]) => [k, code(v)])))}
        ${part('Versions', versions.length > 0 && factTable(versions.map(([k, v]) => [k, v])))}
        ${part('Machine', p.machine && settingsTable(p.machine))}
      </div>
      ${part(
        'Keys and hashes',
        p.keys.length > 0 &&
          dataTable(
            [{ title: 'Name' }, { title: 'value' }, { title: 'covers' }],
            p.keys.map((k) => [k.name, code(k.value), k.covers ?? '']),
          ),
      )}
      ${part(
        'Files',
        files.length > 0 &&
          dataTable(
            [
              { title: 'File' },
              { title: 'what' },
              { title: 'size', numeric: true },
              { title: 'sha256' },
            ],
            files.map((f) => [
              code(f.path),
              f.what ?? '',
              f.bytes === undefined ? '' : formatBytes(f.bytes),
              f.sha256 === undefined ? '' : code(f.sha256),
            ]),
          ),
      )}
      <details><summary>Every setting of the preset and the pipeline</summary>${settingsTable(p.settings)}</details>`,
  };
}
