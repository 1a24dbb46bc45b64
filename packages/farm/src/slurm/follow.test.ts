import { describe, expect, it } from 'vitest';
import { FarmError } from '../errors.js';
import type { QueuedJob, SlurmClient } from './client.js';
import { type FolderProgress, followJobs, type SlurmEvent } from './follow.js';
import type { SlurmRequest } from './request.js';

type Answer = readonly QueuedJob[] | 'silent';

const job: QueuedJob = { jobId: '7', name: 'n', state: 'RUNNING', reason: '', tasks: 2 };
const request = { name: 'n', key: 'k' } as SlurmRequest;
const progress = { read: () => ({}) } as FolderProgress;

/** Follows with a queue that answers so, the last answer for ever. */
async function follow(answers: Answer[], unreachableMs: number) {
  const events: SlurmEvent[] = [];
  let asked = 0;
  const queue = (): Promise<QueuedJob[]> => {
    const answer = answers[Math.min(asked++, answers.length - 1)]!;
    if (answer !== 'silent') return Promise.resolve([...answer]);
    return Promise.reject(
      new FarmError({ code: 'SLURM_UNREACHABLE', what: 'squeue did not answer', next: 'wait' }),
    );
  };
  const client = { queue } as unknown as SlurmClient;
  const options = { client, pollMs: 1, unreachableMs, onEvent: (e: SlurmEvent) => events.push(e) };
  const error = await followJobs('/no/such/folder', request, progress, options).then(
    () => undefined,
    (e: unknown) => e as Error,
  );
  return { events, error, asked };
}

describe('followJobs', () => {
  it('asks a silent controller again, says so once, and goes on when it answers', async () => {
    const { events, error, asked } = await follow(['silent', 'silent', [job], []], 60_000);
    expect(error).toBeUndefined();
    expect(asked).toBe(4);
    expect(events).toEqual([
      { type: 'note', message: 'squeue did not answer; asking again' },
      { type: 'queue', waiting: 0, running: 2 },
    ]);
  });

  it('says it again when the controller falls silent a second time', async () => {
    const { events } = await follow(['silent', [job], 'silent', []], 60_000);
    expect(events.map((e) => e.type)).toEqual(['note', 'queue', 'note']);
  });

  it('ends when the silence has lasted longer than it may', async () => {
    const { error, asked } = await follow([[job], 'silent'], 20);
    expect(error).toMatchObject({ code: 'SLURM_UNREACHABLE' });
    expect(asked).toBeGreaterThan(2);
  });
});
