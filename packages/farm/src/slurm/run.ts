import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Manifest, removePartialFiles } from '@spectraloom/shards';
import { FarmError, ShardsFailed } from '../errors.js';
import { type GenerateOptions, interrupted } from '../generate/generate.js';
import type { QueuedJob, SlurmClient } from './client.js';
import { type Collected, mergeDataset, readMissing } from './collect.js';
import { finishedManifest, FolderProgress, followJobs } from './follow.js';
import type { SlurmOptions, SlurmSubmission } from './options.js';
import type { SlurmProfile } from './profile.js';
import { namesIn } from './records.js';
import { bashWord } from './quote.js';
import { mergeName, slurmFiles, type SlurmRequest } from './request.js';
import {
  collectForSubmission,
  type Dataset,
  lastRequest,
  prepareSubmission,
  writeSubmission,
} from './submission.js';

/** One call of the engine, with the folder's lock held. */
export class SlurmRun {
  readonly #pollMs: number;
  readonly #unreachableMs: number;

  constructor(
    private readonly dataset: Dataset,
    private readonly job: GenerateOptions,
    private readonly options: SlurmOptions,
    private readonly profile: SlurmProfile,
    private readonly client: SlurmClient,
  ) {
    this.#pollMs = options.pollMs ?? 5000;
    this.#unreachableMs = options.unreachableMs ?? 600_000;
  }

  async generate(): Promise<Manifest> {
    const attached = await this.#jobsOfEarlierRun();
    if (attached) {
      this.options.onEvent?.({ type: 'attached', jobs: attached.jobs });
      await this.#mergeJobFor(attached.request, attached.jobs);
      const result = await this.#follow(attached.request);
      if ('manifest' in result) return result.manifest;
    }
    const submitted = await this.#submitMissing();
    if ('manifest' in submitted) {
      // Nothing was missing: all of it is kept.
      const { folder, key, layout } = this.dataset;
      const all = new FolderProgress(folder, { key, layout, missing: [], submission: '' });
      this.job.onProgress?.(all.read());
      return submitted.manifest;
    }
    const result = await this.#follow(submitted.request, submitted.submission.arrayJob);
    if ('manifest' in result) return result.manifest;
    const total = submitted.request.bundles.shards;
    throw new ShardsFailed(this.dataset.folder, result.missing, total - result.missing.length);
  }

  async submitOnly(): Promise<SlurmSubmission | undefined> {
    const attached = await this.#jobsOfEarlierRun();
    if (attached) {
      throw new FarmError({
        code: 'SLURM_REFUSED',
        what: 'Jobs of this data set are queued or running already',
        where: this.dataset.folder,
        got: attached.jobs.map((job) => `${job.jobId} ${job.state}`).join(', '),
        next: `follow them (generate), or cancel them: scancel --name=${attached.request.name},${mergeName(attached.request.name)}`,
      });
    }
    const submitted = await this.#submitMissing();
    return 'manifest' in submitted ? undefined : submitted.submission;
  }

  /** @throws FarmError OTHER_DATASET when they make another data set */
  async #jobsOfEarlierRun(): Promise<{ request: SlurmRequest; jobs: QueuedJob[] } | undefined> {
    const request = lastRequest(this.dataset.folder);
    if (!request) return undefined;
    const jobs = await this.client.queue([request.name, mergeName(request.name)]);
    if (jobs.length === 0) return undefined;
    if (request.key === this.dataset.key) return { request, jobs };
    throw new FarmError({
      code: 'OTHER_DATASET',
      what: 'Jobs that make another data set in this folder are still queued or running',
      where: this.dataset.folder,
      got: jobs.map((job) => `${job.jobId} ${job.state}`).join(', '),
      next: `choose another folder, or cancel them: scancel --name=${request.name},${mergeName(request.name)}`,
    });
  }

  /** @throws ShardsFailed when an earlier array ended without these shards and resuming was not asked for */
  #mayResume({ finished }: Collected): void {
    if (this.options.resume ?? true) return;
    const { folder } = this.dataset;
    const last = lastRequest(folder);
    const list = last && last.key === this.dataset.key && readMissing(folder, last.submission);
    if (!list) return;
    throw new ShardsFailed(
      folder,
      list.shards,
      finished.length,
      'mend the cause, then run with --resume (resume: true): it submits these indices alone',
    );
  }

  /** A process that was killed between its two submissions left an array without a merge job. */
  async #mergeJobFor(request: SlurmRequest, jobs: readonly QueuedJob[]): Promise<void> {
    const array = jobs.find((job) => job.name === request.name);
    if (!array || jobs.some((job) => job.name === mergeName(request.name))) return;
    await this.#submitMerge(request, array.jobId);
  }

  #submitMerge(request: SlurmRequest, arrayJob: string): Promise<string> {
    const script = readFileSync(slurmFiles(this.dataset.folder).mergeScript, 'utf8');
    return this.#submit(script, mergeName(request.name), `afterany:${arrayJob}`);
  }

  async #submitMissing(): Promise<
    { request: SlurmRequest; submission: SlurmSubmission } | { manifest: Manifest }
  > {
    const { folder } = this.dataset;
    await removePartialFiles(folder);
    const collected: Collected = await collectForSubmission(
      this.dataset,
      this.job.overwrite ?? false,
    );
    const missing = collected.missing.map((shard) => shard.index);
    if (missing.length > 0) this.#mayResume(collected);
    if (missing.length === 0) {
      const merged = await mergeDataset(folder, this.dataset, 'full');
      if ('manifest' in merged) return merged;
      throw new ShardsFailed(folder, merged.missing, collected.finished.length);
    }
    const maxArraySize = await this.client.maxArraySize();
    const prepared = prepareSubmission(this.dataset, this.job, this.profile, missing, maxArraySize);
    const { request, tasks } = prepared;
    await writeSubmission(this.dataset, this.job, prepared, collected);
    let arrayJob: string;
    let mergeJob: string;
    try {
      arrayJob = await this.#submit(prepared.arrayScript, request.name);
      mergeJob = await this.#submitMerge(request, arrayJob);
    } catch (error) {
      await this.client.cancel(request.name).catch(() => undefined);
      throw error;
    }
    const submission = { arrayJob, mergeJob, tasks: tasks.length, shards: missing.length };
    this.options.onEvent?.({ type: 'submitted', ...submission });
    return { request, submission };
  }

  /** Submits; where the controller did not answer, looks whether it took the job, and tries again. */
  async #submit(script: string, name: string, dependency?: string): Promise<string> {
    const since = performance.now();
    for (;;) {
      try {
        return await this.client.submit(script, dependency === undefined ? {} : { dependency });
      } catch (error) {
        const again = error instanceof FarmError && error.code === 'SLURM_UNREACHABLE';
        if (!again || performance.now() - since > this.#unreachableMs) throw error;
        this.options.onEvent?.({ type: 'note', message: `${error.what}; trying again` });
      }
      await this.#sleep(this.#pollMs);
      const [taken] = await this.client.queue([name]).catch((): QueuedJob[] => []);
      if (taken) return taken.jobId;
    }
  }

  async #follow(
    request: SlurmRequest,
    arrayJob?: string,
  ): Promise<Awaited<ReturnType<typeof mergeDataset>>> {
    const { folder } = this.dataset;
    const { signal, onProgress } = this.job;
    const progress = new FolderProgress(folder, request);
    try {
      await followJobs(folder, request, progress, {
        client: this.client,
        pollMs: this.#pollMs,
        unreachableMs: this.#unreachableMs,
        signal,
        onProgress,
        onEvent: this.options.onEvent,
      });
      const result = await this.#result(request, arrayJob);
      onProgress?.(progress.read());
      return result;
    } catch (error) {
      if (!signal?.aborted) throw error;
      if ((this.options.onAbort ?? 'cancel') === 'leave') throw left(folder, request, progress);
      await this.#cancel(request);
      throw interrupted(folder, progress.read());
    }
  }

  /** What the merge job left; where it could not, the same done here. */
  async #result(request: SlurmRequest, arrayJob: string | undefined) {
    const { folder, key } = this.dataset;
    const end = performance.now() + (this.options.graceMs ?? 30_000);
    let merged = false;
    for (;;) {
      const manifest = finishedManifest(folder, key);
      if (manifest) return { manifest };
      merged = readMissing(folder, request.submission) !== undefined;
      if (merged || performance.now() > end) break;
      await this.#sleep(Math.min(500, this.#pollMs));
    }
    const result = await mergeDataset(folder, request);
    if ('missing' in result && arrayJob !== undefined && !merged) {
      this.#checkFolder(request, arrayJob);
    }
    return result;
  }

  /** @throws FarmError SLURM_FOLDER when nothing at all came back from the nodes */
  #checkFolder(request: SlurmRequest, arrayJob: string): void {
    const { logs, records } = slurmFiles(this.dataset.folder);
    const log = namesIn(logs).some((name) => name.startsWith(`${arrayJob}_`));
    const record = namesIn(records).some(
      (name) => name.startsWith(`${request.submission}-`) && !name.endsWith('-kept.jsonl'),
    );
    if (log || record) return;
    throw new FarmError({
      code: 'SLURM_FOLDER',
      what: 'The jobs ended and nothing that they wrote is in the folder',
      where: this.dataset.folder,
      got: `no log of array ${arrayJob} in ${logs}`,
      expected: 'a folder on a file system that this machine and the nodes share',
      next: "choose another folder (not /tmp, not a local disk) and see 'Not shared' in docs/guides/slurm.md",
    });
  }

  async #cancel(request: SlurmRequest): Promise<void> {
    const names = [request.name, mergeName(request.name)];
    for (const name of names) await this.client.cancel(name).catch(() => undefined);
    // Until they are gone, their unfinished files are not to be touched.
    const end = performance.now() + 60_000;
    while (performance.now() < end) {
      const jobs = await this.client.queue(names).catch(() => undefined);
      if (jobs?.length === 0) {
        await removePartialFiles(this.dataset.folder);
        return;
      }
      await sleep(Math.min(500, this.#pollMs));
    }
  }

  async #sleep(ms: number): Promise<void> {
    await sleep(ms, undefined, this.job.signal ? { signal: this.job.signal } : {});
  }
}

/** Says that the jobs go on, and what can be done about them. */
function left(folder: string, request: SlurmRequest, progress: FolderProgress): FarmError {
  const { shardsDone, shardsTotal } = progress.read();
  return new FarmError({
    code: 'INTERRUPTED',
    what: 'Following was interrupted; the jobs go on',
    where: folder,
    got: `${shardsDone} of ${shardsTotal} shards so far`,
    next: [
      'the jobs go on by themselves, and write the manifest',
      'follow them: the same command again',
      `look: spectraloom status ${bashWord(folder)}`,
      `cancel them: scancel --name=${request.name},${mergeName(request.name)}`,
    ].join('\n'),
  });
}
