import type { PipelineEvent } from '@spectraloom/pipeline';

const bars = '▁▂▃▄▅▆▇█';

/**
 * Numbers as a line of bars, the smallest as the lowest, at most `width` of them: the mean of each
 * part of a longer list. Numbers that are not finite are spaces.
 */
export function sparkline(values: readonly number[], width = 24): string {
  const count = Math.min(width, values.length);
  const shown = Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * values.length) / count);
    const part = values.slice(from, Math.floor(((i + 1) * values.length) / count));
    return part.reduce((sum, v) => sum + v, 0) / part.length;
  });
  const finite = shown.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  return shown
    .map((v) => {
      if (!Number.isFinite(v)) return ' ';
      const place = high > low ? (v - low) / (high - low) : 0.5;
      return bars[Math.min(bars.length - 1, Math.floor(place * bars.length))];
    })
    .join('');
}

type Epoch = Extract<PipelineEvent, { type: 'epoch' }>;

/** The curves of one training after another, as they come in. */
export class Curves {
  private network = '';
  private epochs: Epoch[] = [];

  /** Takes a point in; a lower epoch or another network starts new curves. */
  add(event: Epoch): void {
    const last = this.epochs.at(-1)?.epoch ?? 0;
    if (event.network !== this.network || event.epoch <= last) this.epochs = [];
    this.network = event.network;
    this.epochs.push(event);
  }

  /** Of the training seen last. */
  get stage(): string | undefined {
    return this.epochs.at(-1)?.stage;
  }

  /** "loss █▅▂ 0.41  validation nll █▆▃ 0.52  accuracy ▁▅█ 78.1 %"; empty before the first epoch. */
  text(width = 16): string {
    const last = this.epochs.at(-1);
    if (!last) return '';
    const parts = [
      `loss ${sparkline(
        this.epochs.map((e) => e.trainLoss),
        width,
      )} ${number(last.trainLoss)}`,
    ];
    for (const name of ['nll', 'loss', 'accuracy']) {
      const value = last.validation[name];
      if (value === undefined) continue;
      const curve = sparkline(
        this.epochs.map((e) => e.validation[name] ?? Number.NaN),
        width,
      );
      const shown = name === 'accuracy' ? `${(100 * value).toFixed(1)} %` : number(value);
      parts.push(`${parts.length === 1 ? 'validation ' : ''}${name} ${curve} ${shown}`);
    }
    return parts.join('  ');
  }

  /** A whole line for the log of an epoch. */
  line(): string {
    const last = this.epochs.at(-1)!;
    const place = `${last.network} epoch ${last.epoch}/${last.epochs}`;
    return `${last.stage.padEnd(10)} ${place}  ${this.text()}${last.best ? '  best' : ''}`;
  }
}

function number(x: number): string {
  return Math.abs(x) >= 1000 ? x.toFixed(0) : x.toFixed(3);
}
