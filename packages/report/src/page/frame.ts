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
