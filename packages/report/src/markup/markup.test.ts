import fc from 'fast-check';
import { parseFragment } from 'parse5';
import { describe, expect, it } from 'vitest';
import { escapeMarkup } from './escape.js';
import { html, trusted } from './html.js';
import {
  formatBytes,
  formatCount,
  formatFixed,
  formatNumber,
  formatPercent,
  formatSeconds,
} from './numbers.js';
import { svgElement, svgNumber, svgText } from './svg.js';

describe('html', () => {
  it('keeps any text as text, in content and in attributes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const { text: markup } = html`<p title="${text}">${text}</p>`;
        const [p] = parseFragment(markup).childNodes as unknown as {
          nodeName: string;
          attrs: { name: string; value: string }[];
          childNodes: { nodeName: string; value: string }[];
        }[];
        const clean = text
          .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
          .replace(/\r\n?/g, '\n');
        expect(p.nodeName).toBe('p');
        expect(p.attrs).toEqual([{ name: 'title', value: clean }]);
        expect(p.childNodes.map((c) => c.nodeName).filter((n) => n !== '#text')).toEqual([]);
        expect(p.childNodes.map((c) => c.value).join('')).toBe(clean);
      }),
    );
  });

  it('inserts markup, lists and nothing', () => {
    const list = [html`<b>${'<'}</b>`, trusted('<i></i>'), undefined, false, 0] as const;
    expect(html`<p>${list}</p>`.text).toBe('<p><b>&lt;</b><i></i>0</p>');
  });
});

describe('svg', () => {
  it('escapes attributes and text, and rounds numbers', () => {
    expect(svgElement('g', { id: '"><script>', x: 1 / 3, y: undefined })).toBe(
      '<g id="&quot;&gt;&lt;script&gt;" x="0.33"/>',
    );
    expect(svgText('a & b', { x: -0.001 })).toBe('<text x="0">a &amp; b</text>');
    expect(svgNumber(-2.456)).toBe('-2.46');
    expect(escapeMarkup('\u0000x')).toBe('\ufffdx');
  });
});

describe('numbers to read', () => {
  it.each([
    [0, '0'],
    [-11.394, '−11.4'],
    [0.074, '0.074'],
    [1234567, '1.23 × 10⁶'],
    [-0.00042, '−4.2 × 10⁻⁴'],
    [96000, '96000'],
  ])('formatNumber(%d)', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it('fixed, per cent, counts, times, bytes', () => {
    expect(formatFixed(-0.0001, 2)).toBe('0.00');
    expect(formatFixed(-1.5, 2)).toBe('−1.50');
    expect(formatPercent(0.9694)).toBe('96.9 %');
    expect(formatCount(9600)).toBe('9600');
    expect(formatCount(96000)).toBe('96\u202f000');
    expect(formatSeconds(0.042)).toBe('0.042 s');
    expect(formatSeconds(59.97)).toBe('1 min 00 s');
    expect(formatSeconds(185)).toBe('3 min 05 s');
    expect(formatSeconds(8040)).toBe('2 h 14 min');
    expect(formatBytes(999)).toBe('999 B');
    expect(formatBytes(20_000_000)).toBe('20 MB');
  });
});
