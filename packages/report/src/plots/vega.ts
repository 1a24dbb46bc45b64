import * as vega from 'vega';
import { type Config, compile, type TopLevelSpec } from 'vega-lite';
import { escapeMarkup } from '../markup/escape.js';
import type { PlotTheme } from './theme.js';

function config(theme: PlotTheme): Config {
  return {
    background: theme.background ?? 'transparent',
    font: theme.font,
    // The plot as a whole carries a description; one on every mark would only make it long.
    aria: false,
    view: { stroke: null },
    axis: {
      labelColor: theme.muted,
      titleColor: theme.text,
      titleFontWeight: 600,
      titleFontSize: 11,
      labelFontSize: 10.5,
      labelPadding: 5,
      titlePadding: 8,
      gridColor: theme.grid,
      domainColor: theme.axis,
      tickColor: theme.axis,
      tickSize: 4,
    },
    text: { color: theme.text, fontSize: 10.5 },
  };
}

/** Vega's synchronous writer of SVG; exported by vega, left out of its typings. */
interface SvgStringRenderer {
  initialize(el: null, width: number, height: number, origin: readonly [number, number]): this;
  background(colour: string | null): this;
  render(scene: unknown): this;
  svg(): string;
}
const { SVGStringRenderer } = vega as unknown as { SVGStringRenderer: new () => SvgStringRenderer };

/** Root of a scene graph, with the box around everything drawn. */
interface SceneRoot {
  readonly bounds: {
    readonly x1: number;
    readonly y1: number;
    readonly x2: number;
    readonly y2: number;
  };
}

/**
 * Draws a Vega-Lite specification as an SVG string, synchronously and without a browser. The
 * specification must hold its data itself: nothing is loaded.
 * @param alt what the plot shows, for those who cannot see it
 */
export function plotSvg(spec: TopLevelSpec, theme: PlotTheme, alt: string): string {
  const quiet = vega.logger(vega.Error);
  const compiled = compile({ ...spec, config: config(theme) } as TopLevelSpec, { logger: quiet });
  const view = new vega.View(vega.parse(compiled.spec), { renderer: 'none', logger: quiet });
  try {
    view.run();
    const { root } = view.scenegraph() as unknown as { root: SceneRoot };
    const { x1, y1, x2, y2 } = root.bounds;
    const width = Math.ceil(x2 - x1) + 2 * theme.padding;
    const height = Math.ceil(y2 - y1) + 2 * theme.padding;
    const origin = [theme.padding - x1, theme.padding - y1] as const;
    const svg = new SVGStringRenderer()
      .initialize(null, width, height, origin)
      .background(theme.background)
      .render(root)
      .svg();
    const opening = `<svg xmlns="http://www.w3.org/2000/svg" class="plot" role="img" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" aria-label="${escapeMarkup(alt)}">`;
    return svg.replace(/^<svg [^>]*>/, () => opening);
  } finally {
    view.finalize();
  }
}
