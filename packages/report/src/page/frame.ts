import { ReportError } from '../errors.js';
import { html, type Markup, trusted } from '../markup/html.js';
import { formatBytes } from '../markup/numbers.js';
import { styleSheet } from './style.js';

/** A section of a page, with its place in the list at the top. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

/** What a page of any pipeline is made of. */
export interface PageParts {
  readonly title: string;
  readonly pipeline: string;
  readonly preset: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly sections: readonly Section[];
  /** Rules beside those of every page. */
  readonly ownStyle?: string;
  /** What makes a page smaller that is too large. */
  readonly shrink: string;
}

/** Largest page that is written, bytes. */
export const MAX_PAGE_BYTES = 20_000_000;

/**
 * No script runs, nothing is loaded, nothing is sent: the browser itself holds the page to it.
 */
export const CONTENT_POLICY =
  "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

export function readableTime(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/**
 * One HTML page that needs nothing else: pictures are inside, no script, no font, no request; light
 * or dark as the reader's system is, and fit for print. The same parts give the same page, byte for
 * byte. @throws ReportError REPORT_TOO_LARGE
 */
export function framePage(page: PageParts): string {
  const text = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Spectraloom">
<title>${page.title}</title>
<link rel="icon" href="data:,">
<style>${trusted(styleSheet)}${trusted(page.ownStyle ?? '')}</style>
</head>
<body id="_">
<a class="skip" href="#summary">Skip to the report</a>
<header class="top">
<p class="eyebrow">Spectraloom report</p>
<h1>${page.title}</h1>
<p class="meta"><span>pipeline <b>${page.pipeline}</b></span><span>preset <b>${page.preset}</b></span><time datetime="${page.createdAt}">${readableTime(page.createdAt)}</time></p>
</header>
<nav aria-label="Sections"><ul>${page.sections.map((s) => html`<li><a href="#${s.id}">${s.title}</a></li>`)}</ul></nav>
<main>${page.sections.map(
    (s) => html`
<section id="${s.id}" aria-labelledby="${s.id}-title"><h2 id="${s.id}-title">${s.title}</h2>
${s.body}</section>`,
  )}
</main>
</body>
</html>
`.text;
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_PAGE_BYTES) {
    throw new ReportError({
      code: 'REPORT_TOO_LARGE',
      what: 'the report would be too large to open with ease',
      got: formatBytes(bytes),
      expected: `at most ${formatBytes(MAX_PAGE_BYTES)}`,
      next: page.shrink,
    });
  }
  return text;
}
