import type { CommandModule } from 'yargs';

interface StatusArgs {
  folder: string;
  watch: boolean;
  interval: number;
  json: boolean;
}

/** `spectraloom status FOLDER`: how far a run or a data set is, from any machine that sees the folder. */
export const statusCommand: CommandModule<object, StatusArgs> = {
  command: 'status <folder>',
  describe: 'How far a run or a data set is: rate, time left, rejected draws, MB/s, memory, jobs',
  builder: (y) =>
    y
      .positional('folder', {
        describe: 'runs/PIPELINE/PRESET, or a folder of shards',
        type: 'string',
        demandOption: true,
      })
      .option('watch', {
        describe:
          'again and again, until the work has ended (Ctrl-C ends the looking, not the work)',
        type: 'boolean',
        default: false,
      })
      .option('interval', {
        describe: 'seconds between looks with --watch',
        type: 'number',
        default: 5,
        requiresArg: true,
        coerce: (seconds: number) => {
          if (!(seconds >= 0.2)) throw new Error(`--interval takes 0.2 or more, got ${seconds}`);
          return seconds;
        },
      })
      .option('json', { describe: 'as JSON, one line a look', type: 'boolean', default: false })
      .example('$0 status runs/pcsmo/quick', 'the last run, running, finished or dead')
      .example(
        '$0 status datasets/pcsmo/0123456789abcdef --watch',
        'shards made by a cluster',
      ) as never,
  handler: async ({ folder, watch, interval, json }) => {
    const { folderStatus } = await import('@spectraloom/pipeline');
    const { statusText } = await import('../console/status.js');
    for (;;) {
      const status = await folderStatus(folder);
      if (json) process.stdout.write(`${JSON.stringify(status)}\n`);
      else {
        // On a terminal the view stays in place.
        if (watch && process.stdout.isTTY) process.stdout.write('\u001b[2J\u001b[H');
        process.stdout.write(`${statusText(status)}\n`);
      }
      const working =
        status.run?.state === 'running' ||
        status.dataset?.state === 'running' ||
        status.dataset?.state === 'submitted';
      if (!watch || !working) return;
      await new Promise((resolve) => setTimeout(resolve, interval * 1000));
    }
  },
};
