import type { Emit, PipelineEvent } from '@spectraloom/pipeline';
import { Curves } from './curves.js';

/** A sink for the events of a run: a live line on a terminal, plain lines elsewhere, or JSON lines. */
export function eventPrinter(
  stream: NodeJS.WriteStream,
  options: { readonly json: boolean; readonly quiet?: boolean },
): Emit {
  if (options.json) return (event) => void process.stdout.write(`${JSON.stringify(event)}\n`);
  if (options.quiet) return () => undefined;
  return stream.isTTY ? terminalPrinter(stream) : plainPrinter(stream);
}

/** 12 s, 3 min 05 s, 2 h 04 min. */
export function durationText(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  if (seconds < 1) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return `${minutes} min ${String(Math.floor(seconds % 60)).padStart(2, '0')} s`;
  }
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** 1 shard, 15 shards. */
export function counted(n: number, thing: string): string {
  return `${n} ${thing}${n === 1 ? '' : 's'}`;
}

export function rateText(rate: number): string {
  return rate >= 100 ? rate.toFixed(0) : rate >= 1 ? rate.toFixed(1) : rate.toFixed(2);
}

/** "images     412/1200 images  12.3/s  1 min 04 s left  ..." */
export function progressText(event: Extract<PipelineEvent, { type: 'progress' }>): string {
  const parts = [`${event.done}/${event.total} ${event.unit}`];
  if (event.ratePerSecond !== undefined) parts.push(`${rateText(event.ratePerSecond)}/s`);
  if (event.secondsLeft !== undefined && event.done < event.total) {
    parts.push(`${durationText(event.secondsLeft)} left`);
  }
  if (event.megabytesPerSecond) parts.push(`${rateText(event.megabytesPerSecond)} MB/s`);
  if (event.memoryBytes) parts.push(`${(event.memoryBytes / 1e6).toFixed(0)} MB memory`);
  if (event.detail) parts.push(event.detail);
  return `${event.stage.padEnd(10)} ${parts.join('  ')}`;
}

/** Both scripts and the commands that would submit them: the result of `--dry-run`. */
export function dryRunText(event: Extract<PipelineEvent, { type: 'dry-run' }>): string {
  const { stage, shards, shardsMissing, tasks } = event;
  return [
    `${stage.padEnd(10)} would submit ${counted(tasks, 'array task')} for ${shardsMissing} of ${counted(shards, 'shard')}; nothing was submitted`,
    '',
    '# array.sh',
    event.arrayScript,
    '# merge.sh',
    event.mergeScript,
    '# commands',
    ...event.commands,
  ].join('\n');
}

function lineFor(event: PipelineEvent): string | undefined {
  switch (event.type) {
    case 'run-start':
      return `Pipeline ${event.pipeline}, preset ${event.preset}: ${event.stages.join(' > ')}`;
    case 'stage-kept':
      return `${event.stage.padEnd(10)} up to date (${event.key.slice(0, 12)})`;
    case 'note':
      return `${event.stage.padEnd(10)} ${event.message}`;
    case 'jobs':
    case 'run-paused':
      return `${event.stage.padEnd(10)} ${event.message}`;
    case 'stage-end':
      return `${event.stage.padEnd(10)} done in ${durationText(event.seconds)}: ${event.summary}`;
    case 'run-end':
      return `Finished in ${durationText(event.seconds)}.${event.report ? `\nReport: ${event.report}` : ''}`;
    case 'stage-start':
    case 'progress':
    case 'epoch':
    case 'dataset':
    case 'dry-run':
    case 'run-failed':
      return undefined;
  }
}

/** Redraws one line in place; finished stages stay above it. */
function terminalPrinter(stream: NodeJS.WriteStream): Emit {
  const curves = new Curves();
  let live = false;
  let drawn = 0;
  const clear = (): void => {
    if (live) stream.write('\r\u001b[2K');
    live = false;
  };
  const draw = (text: string): void => {
    clear();
    const width = stream.columns || 80;
    stream.write(text.length < width ? text : `${text.slice(0, width - 2)}…`);
    live = true;
  };
  return (event) => {
    if (event.type === 'stage-start') draw(`${event.stage.padEnd(10)} ${event.title} …`);
    if (event.type === 'progress') {
      const now = performance.now();
      if (now - drawn < 80 && event.done < event.total) return;
      drawn = now;
      const shown = event.stage === curves.stage ? curves.text(12) : '';
      draw(shown ? `${progressText(event)}  ${shown}` : progressText(event));
    }
    if (event.type === 'epoch') {
      curves.add(event);
      // The best epochs stay above the live line.
      if (event.best) {
        clear();
        stream.write(`${curves.line()}\n`);
      }
    }
    const line = lineFor(event);
    if (line !== undefined) {
      clear();
      stream.write(`${line}\n`);
    }
  };
}

/** A line when a stage starts, at most one every five seconds while it works, and one at its end. */
function plainPrinter(stream: NodeJS.WriteStream): Emit {
  const curves = new Curves();
  let last = performance.now();
  return (event) => {
    if (event.type === 'epoch') {
      curves.add(event);
      if (event.best || event.epoch === event.epochs) stream.write(`${curves.line()}\n`);
    }
    if (event.type === 'stage-start') {
      last = performance.now();
      stream.write(`${event.stage.padEnd(10)} ${event.title} …\n`);
    }
    if (event.type === 'progress' && performance.now() - last > 5000) {
      last = performance.now();
      stream.write(`${progressText(event)}\n`);
    }
    const line = lineFor(event);
    if (line !== undefined) stream.write(`${line}\n`);
  };
}
