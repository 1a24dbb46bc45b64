import type { CommandModule } from 'yargs';
import { interruptSignal } from '../../console/interrupt.js';
import type { Verification } from '@spectraloom/shards';
import { meter } from '../../console/meter.js';
import { bytesText, type FolderArgs, folderOptions, shardsText } from './folder.js';

/** What was compared, and what was not. */
function checkedText({ full, manifest }: Verification): string {
  if (full) return 'every byte (size, sha256) as the manifest says';
  const tails = manifest.shards.some(({ tail }) => tail) ? 'sizes and footers' : 'sizes';
  return `${tails} as the manifest says; the rows were not read, so a byte that changed in one was not looked for: --full does`;
}

/** `spectraloom dataset verify FOLDER`: every shard against the manifest. */
export const verifyCommand: CommandModule<object, FolderArgs & { full: boolean }> = {
  command: 'verify <folder>',
  describe: 'Compare every shard with the manifest; exit code 1 when one differs',
  builder: (y) =>
    folderOptions(y)
      .option('full', {
        describe:
          'hash every shard (default: size and footer of each, which misses a flipped byte of a row)',
        type: 'boolean',
        default: false,
      })
      .example('$0 dataset verify datasets/pcsmo/0123456789abcdef --full', ''),
  handler: async (args) => {
    const { ShardsError, verifyDataset } = await import('@spectraloom/shards');
    const interrupt = interruptSignal((message) => process.stderr.write(`${message}\n`));
    const progress = meter(process.stderr, 'verify', args.json);
    try {
      const result = await verifyDataset(args.folder, {
        full: args.full,
        signal: interrupt.signal,
        onProgress: (done) =>
          progress.update(Math.round(done.bytes / 1e6), Math.round(done.of / 1e6), 'MB'),
      });
      progress.end();
      const { manifest, ...told } = result;
      if (args.json) {
        process.stdout.write(
          `${JSON.stringify({ manifestHash: manifest.manifestHash, ...told })}\n`,
        );
      } else if (result.problems.length === 0) {
        process.stdout.write(
          `${shardsText(result.shards)}, ${bytesText(result.bytes)}: ${checkedText(result)}\n`,
        );
      }
      if (result.problems.length === 0) return;
      if (args.json) {
        process.exitCode = 1;
        return;
      }
      for (const problem of result.problems) {
        process.stdout.write(
          `${problem.shard}: ${problem.kind}: got ${problem.got}, expected ${problem.expected}\n`,
        );
      }
      throw new ShardsError({
        code: 'SHARD_CORRUPT',
        what: `${result.problems.length} of ${result.shards + (manifest.catalogue ? 1 : 0)} files (shards${manifest.catalogue ? ' and catalogue' : ''}) differ from what the manifest says`,
        where: args.folder,
        next: 'make it again: a pipeline with --force images (whole shards are kept, these are made anew), an import by the same call',
      });
    } finally {
      progress.end();
      interrupt.dispose();
    }
  },
};
