import type { FolderStatus, MakingStatus, StageProgress } from '@spectraloom/pipeline';
import { counted, durationText, rateText } from './progress.js';

/** A status as lines for people. */
export function statusText({ folder, run, dataset }: FolderStatus, now = Date.now()): string {
  const lines: string[] = [];
  if (run) {
    const ago = durationText((now - Date.parse(run.lastSignAt)) / 1000);
    lines.push(
      `${run.pipeline}, preset ${run.preset}: ${run.state} (process ${run.pid} on ${run.host}, last sign ${ago} ago)`,
    );
    if (run.message) lines.push(`  ${run.message}`);
    lines.push(...run.stages.map(stageLine));
  } else if (!dataset) lines.push(`${folder}: no run yet`);
  if (dataset) lines.push(...datasetLines(dataset));
  return lines.join('\n');
}

function stageLine(stage: StageProgress): string {
  const parts = [`${stage.stage.padEnd(10)} ${stage.state.padEnd(11)}`];
  if (stage.done !== undefined) parts.push(`${stage.done}/${stage.total} ${stage.unit}`);
  if (stage.state === 'running') {
    if (stage.ratePerSecond !== undefined) parts.push(`${rateText(stage.ratePerSecond)}/s`);
    if (stage.secondsLeft !== undefined) parts.push(`${durationText(stage.secondsLeft)} left`);
    if (stage.megabytesPerSecond) parts.push(`${rateText(stage.megabytesPerSecond)} MB/s`);
    if (stage.memoryBytes) parts.push(`${megabytes(stage.memoryBytes)} memory`);
  }
  if (stage.drawn !== undefined) parts.push(`${stage.rejected} of ${stage.drawn} draws rejected`);
  if (stage.seconds !== undefined) parts.push(`${durationText(stage.seconds)}:`);
  if (stage.text) parts.push(stage.text);
  return parts.join('  ').trimEnd();
}

const meaning: Record<MakingStatus['state'], string> = {
  finished: 'finished',
  running: 'being made',
  submitted: 'submitted; the queue cannot be asked from here',
  missing: 'ended with shards missing',
  stopped: 'unfinished, and nobody is at work',
  empty: 'empty',
};

function datasetLines(d: MakingStatus & { readonly folder: string }): string[] {
  const lines = [`shards    ${d.folder}`];
  const line = (name: string, parts: readonly (string | undefined)[]) =>
    lines.push(`  ${name.padEnd(8)}${parts.filter((part) => part !== undefined).join('  ')}`);
  line('state', [
    meaning[d.state],
    `(${d.engine})`,
    d.owner && `process ${d.owner.pid} on ${d.owner.host}`,
  ]);
  line('done', [
    `${d.rowsDone}/${d.rowsTotal} rows`,
    `${d.shardsDone}/${counted(d.shardsTotal, 'shard')}`,
    megabytes(d.bytes),
    d.lastShardAt && `last shard ${d.lastShardAt}`,
  ]);
  if (d.rowsPerSecond > 0) {
    line('rate', [
      `${rateText(d.rowsPerSecond)} rows/s`,
      `${rateText(d.megabytesPerSecond)} MB/s`,
      d.secondsLeft === undefined ? undefined : `${durationText(d.secondsLeft)} left`,
    ]);
  }
  if (d.memoryBytes !== undefined) line('memory', [megabytes(d.memoryBytes)]);
  if (d.draws) {
    const told = d.draws.map(
      ({ label, attempts, rejected, outside }) =>
        `${label} ${rejected} of ${attempts - outside}${outside > 0 ? ` (${outside} more lay outside its constraints)` : ''}`,
    );
    line('draws', [`rejected: ${told.join(', ')}`]);
  }
  if (d.slurm) {
    const { jobs, liveTasks, hosts, missing } = d.slurm;
    const counts = new Map<string, number>();
    for (const { state, tasks } of jobs ?? []) counts.set(state, (counts.get(state) ?? 0) + tasks);
    const queue = [...counts].map(([state, n]) => `${n} ${state.toLowerCase()}`).join(', ');
    const where =
      liveTasks > 0 ? `${counted(liveTasks, 'task')} at work on ${hosts.join(', ')}` : undefined;
    if (d.state !== 'finished') {
      line('jobs', [jobs ? queue || 'none in the queue' : 'queue not known here', where]);
    }
    if (missing && d.state === 'missing') {
      line('missing', [
        `${counted(missing.length, 'shard')}: ${missing[0]!.name}: ${missing[0]!.reason}`,
      ]);
      line('next', ['the same command with --resume submits these alone']);
    }
  }
  return lines;
}

function megabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
