import { parse } from 'parse5';
import { describe, expect, it } from 'vitest';
import type { ReportData } from '../data/types.js';
import { exampleReport } from '../testing/report.fixture.js';
import { MAX_PAGE_BYTES, renderReport } from './render.js';

interface Node {
  nodeName: string;
  tagName?: string;
  attrs?: { name: string; value: string }[];
  childNodes?: Node[];
  value?: string;
}

function read(page: string) {
  const problems: string[] = [];
  const root = parse(page, { onParseError: (e) => problems.push(e.code) }) as unknown as Node;
  const all: Node[] = [];
  const walk = (node: Node) => {
    all.push(node);
    node.childNodes?.forEach(walk);
  };
  walk(root);
  const attribute = (node: Node, name: string) => node.attrs?.find((a) => a.name === name)?.value;
  const text = (node: Node): string =>
    (node.value ?? '') + (node.childNodes?.map(text).join('') ?? '');
  const tags = (name: string) => all.filter((n) => n.tagName === name);
  const byId = (id: string) => all.find((n) => attribute(n, 'id') === id);
  const said = (node: Node | undefined) => (node ? text(node).replace(/\s+/g, ' ').trim() : '');
  return { all, problems, attribute, tags, byId, said, section: (id: string) => said(byId(id)) };
}

const data = exampleReport();
const measured = data.measured!;
const page = renderReport(data);
const doc = read(page);

describe('the page', () => {
  it('is well-formed, with one heading, sections in the navigation, and unique ids', () => {
    expect(doc.problems).toEqual([]);
    expect(doc.tags('h1').map(doc.said)).toEqual([data.title]);
    const sections = doc.tags('section').map((s) => doc.attribute(s, 'id'));
    expect(sections).toEqual([
      'summary',
      'measured',
      'activation',
      'examples',
      'models',
      'training',
      'evaluation',
      'timing',
      'again',
    ]);
    const ids = doc.all.map((n) => doc.attribute(n, 'id')).filter((id) => id !== undefined);
    expect(new Set(ids).size).toBe(ids.length);
    for (const a of doc.tags('a')) {
      const target = doc.attribute(a, 'href')!;
      expect(target).toMatch(/^#/);
      expect(doc.byId(target.slice(1)), target).toBeDefined();
    }
    for (const [, id] of page.matchAll(/url\(#([^)]+)\)/g)) expect(doc.byId(id)).toBeDefined();
  });

  it('loads nothing, runs nothing, and tells the browser so', () => {
    for (const node of doc.all) {
      for (const { name, value } of node.attrs ?? []) {
        expect(name).not.toMatch(/^on/);
        if (['src', 'href', 'xlink:href', 'srcset', 'action', 'data', 'poster'].includes(name)) {
          expect(value).toMatch(/^(#|data:)/);
        }
      }
    }
    expect(page).not.toMatch(/url\(\s*['"]?(?!#)/i);
    expect(page).not.toMatch(/@import|@font-face/i);
    expect(doc.tags('script')).toEqual([]);
    expect(doc.tags('iframe').concat(doc.tags('object'), doc.tags('embed'))).toEqual([]);
    const policy = doc.tags('meta').find((m) => doc.attribute(m, 'http-equiv'));
    expect(doc.attribute(policy!, 'content')).toContain("default-src 'none'");
  });

  it('describes every picture, and its PNGs are PNGs', () => {
    const pictures = doc.tags('svg');
    expect(pictures.length).toBe(12);
    for (const svg of pictures) {
      expect(doc.attribute(svg, 'role')).toBe('img');
      expect(doc.attribute(svg, 'aria-label')!.length).toBeGreaterThan(20);
    }
    const images = doc.tags('image').map((n) => doc.attribute(n, 'href')!);
    expect(images.length).toBe(8);
    for (const uri of images) {
      const bytes = Buffer.from(uri.slice('data:image/png;base64,'.length), 'base64');
      expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    }
  });

  it('is the same for the same data, and far below its limit', () => {
    expect(renderReport(exampleReport())).toBe(page);
    expect(Buffer.byteLength(page)).toBeLessThan(3_000_000);
    expect(MAX_PAGE_BYTES).toBeLessThanOrEqual(20_000_000);
  });

  it('writes no undefined, NaN or [object Object]', () => {
    expect(doc.said(doc.tags('body')[0])).not.toMatch(/undefined|NaN|\[object|Infinity/);
  });
});

describe('what it says', () => {
  it('counts draws, accuracy with its interval, and the verdict', () => {
    const summary = doc.section('summary');
    expect(summary).toContain('430 drawn, 190 rejected (190 for unstable ground state)');
    expect(summary).toContain('right for 33 of 36 (91.7 %; 95 % interval 78.2 % to 97.1 %)');
    expect(summary).toContain('Goodenough 0.962Dimer 0.038');
    expect(summary).toContain('What this run cannot claim');
  });

  it('names the strongest tile by its energies', () => {
    expect(doc.section('activation')).toContain('Ei 70 meV, energy transfer 36.4 to 40.6 meV');
  });

  it('gives counts and rates of the confusion matrix', () => {
    expect(doc.section('evaluation')).toContain('Goodenough18 images1794.4 %15.6 %');
  });

  it('holds every parameter, seed, key, version and setting, and the command', () => {
    const again = doc.section('again');
    const { provenance } = data;
    for (const value of [
      provenance.command,
      ...Object.entries(provenance.seeds).flat(),
      ...Object.entries(provenance.versions).flat(),
      ...provenance.keys.flatMap((k) => [k.name, k.value]),
      'plan.stabilityGrid8',
      'train.optionsnone',
    ]) {
      expect(again).toContain(value);
    }
    expect(doc.section('examples')).toContain('seed 9713402281744301982');
    for (const c of data.classes) {
      for (const p of c.parameters!)
        expect(doc.section('models')).toContain(
          p.name + (p.value < 0 ? '−' : '') + Math.abs(p.value),
        );
    }
  });

  const withMeasured = (part: Partial<NonNullable<ReportData['measured']>>) =>
    read(
      renderReport(
        exampleReport({
          examples: [],
          measured: { ...measured, bestMatch: undefined, activation: undefined, ...part },
        }),
      ),
    );

  it('says which image it was: a file, a fetched data set, a stand-in', () => {
    expect(doc.section('summary')).toContain(
      'Your file /data/maps/pcsmo-measured.npy, given on the command line, every tile mirrored',
    );
    const fetched = withMeasured({
      origin: {
        kind: 'fetched-dataset',
        dataset: 'pcsmo-measured',
        path: 'datasets/pcsmo-measured/measured.npy',
        url: 'https://example.org/x.npy',
        sha256: 'ab12',
        mirrored: false,
        citation: 'Butler et al. (2021)',
      },
    });
    expect(fetched.section('summary')).toContain(
      'The published measurement pcsmo-measured, fetched from https://example.org/x.npy',
    );
    expect(fetched.section('summary')).not.toContain('mirrored');
    const standIn = withMeasured({
      origin: {
        kind: 'simulated-stand-in',
        className: 'dimer',
        parameters: { D: 0.073 },
        seed: '5',
        added: ['counting noise', 'a flat background'],
      },
    });
    expect(standIn.section('summary')).toContain('This is not a measurement.');
    expect(standIn.section('summary')).toContain(
      'D = 0.073 meV, with counting noise and a flat background (seed 5)',
    );
    expect(standIn.section('summary')).toContain(
      'It was simulated as Dimer: the answer is not right.',
    );
    expect(standIn.section('measured')).toMatch(/^The stand-in image Not a measurement/);
  });

  it('says outside, with the number behind it', () => {
    const outside = withMeasured({
      verdict: {
        className: null,
        scores: { goodenough: 0.6, dimer: 0.4 },
        outside: { isOutside: true, score: 12.3, threshold: 8.2, method: 'Distance' },
      },
    });
    expect(outside.section('summary')).toContain('Outside what the network was trained on');
    expect(outside.section('summary')).toContain(
      'Distance: 12.3, threshold 8.2: outside the training set',
    );
  });

  it('points out a best match of another class', () => {
    const other = withMeasured({ bestMatch: { ...measured.bestMatch!, className: 'dimer' } });
    expect(other.section('summary')).toContain('another class than the network’s answer');
  });

  it('warns of an empty map, and bears tiles without a mean', () => {
    const { activation } = measured;
    const empty = withMeasured({
      activation: {
        ...activation!,
        map: new Float32Array(24 * 40),
        tileMeans: new Float32Array(60),
      },
    });
    expect(empty.section('activation')).toContain('zero everywhere');
    expect(empty.section('activation')).not.toContain('Strongest tiles');
    const tileMeans = activation!.tileMeans.slice();
    tileMeans.fill(NaN, 0, 40);
    tileMeans[41] = 9;
    const masked = withMeasured({ activation: { ...activation!, signed: true, tileMeans } });
    expect(masked.section('activation')).toContain('Ei 100 meV, energy transfer 16 to 22 meV');
    expect(masked.section('activation')).toContain('purple against it');
  });

  it('leaves out what it has no data for', () => {
    const bare = read(
      renderReport(
        exampleReport({
          measured: undefined,
          training: undefined,
          evaluation: undefined,
          examples: [],
          draws: [],
          timing: [],
          caveats: undefined,
          summary: undefined,
        }),
      ),
    );
    expect(bare.tags('section').map((s) => bare.attribute(s, 'id'))).toEqual([
      'summary',
      'models',
      'again',
    ]);
    expect(bare.problems).toEqual([]);
  });

  it('shows a loss that was not finite', () => {
    const epochs = data.training!.epochs.map((e) => (e.epoch > 9 ? { ...e, trainLoss: null } : e));
    const broken = read(
      renderReport(
        exampleReport({
          examples: [],
          measured: undefined,
          training: { ...data.training!, epochs },
        }),
      ),
    );
    expect(broken.section('training')).toContain('not finite in 9 of 18 epochs (first: epoch 10)');
  });
});

describe('text from outside', () => {
  it('stays text, wherever it stands', () => {
    const evil = `</style></title><script>alert(1)</script><img src=x onerror="alert(1)">'"&`;
    const poison = (value: unknown, key?: string): unknown => {
      if (typeof value === 'string') {
        return key === 'format' || key === 'createdAt' || key === 'kind' || /name/i.test(key ?? '')
          ? value
          : evil;
      }
      if (value instanceof Float32Array || value instanceof Uint8Array) return value;
      if (Array.isArray(value)) return value.map((v) => poison(v));
      if (value && typeof value === 'object') {
        return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, poison(v, k)]));
      }
      return value;
    };
    const name = `g<script>&"'`;
    const text = JSON.stringify(
      poison({ ...data, examples: data.examples.slice(0, 2) }),
      (_, v: unknown) =>
        v instanceof Float32Array || v instanceof Uint8Array
          ? { array: Array.from(v), f: v instanceof Float32Array }
          : v,
    ).replaceAll('"goodenough"', JSON.stringify(name));
    const poisoned = JSON.parse(text, (_, v: { array?: number[]; f?: boolean }) =>
      v?.array ? (v.f ? Float32Array.from(v.array) : Uint8Array.from(v.array)) : v,
    ) as ReportData;
    const evilDoc = read(renderReport(poisoned));
    expect(evilDoc.problems).toEqual([]);
    expect(evilDoc.tags('script')).toEqual([]);
    expect(evilDoc.tags('img')).toEqual([]);
    expect(evilDoc.tags('style').length).toBe(1);
    expect(evilDoc.said(evilDoc.tags('h1')[0])).toBe(evil);
    expect(evilDoc.all.some((n) => n.attrs?.some((a) => a.name.startsWith('on')))).toBe(false);
  });
});

describe('size', () => {
  it('draws a few examples of each class however many there are', () => {
    const noise = () => new Float32Array(96_000).map(() => Math.random());
    const examples = Array.from({ length: 60 }, (_, i) => ({
      className: i % 2 ? 'dimer' : 'goodenough',
      parameters: {},
      image: { values: noise() },
    }));
    const page = renderReport(exampleReport({ examples }));
    expect(Buffer.byteLength(page)).toBeLessThan(MAX_PAGE_BYTES / 2);
    expect(page.match(/id="example-\d+"/g)!.length).toBe(8);
  });
});
