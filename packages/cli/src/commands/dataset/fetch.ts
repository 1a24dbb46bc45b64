import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import { interruptSignal } from '../../console/interrupt.js';
import { workspaceRoot } from '../shared/workspace.js';

interface FetchArgs {
  name: string;
  json: boolean;
}

/** `spectraloom dataset fetch NAME`: a public file, checked, into datasets/NAME. */
export const fetchCommand: CommandModule<object, FetchArgs> = {
  command: 'fetch <name>',
  describe: 'Bring a public data set that has a card in datasets/, and check its sha256',
  builder: (y) =>
    y
      .positional('name', {
        describe: 'a folder of datasets/ with a card.yaml',
        type: 'string',
        demandOption: true,
      })
      .option('json', { describe: 'as JSON', type: 'boolean', default: false })
      .example('$0 dataset fetch pcsmo-measured', 'the measured image of the pcsmo pipeline'),
  handler: async (args) => {
    const { fetchDataset, readCard } = await import('@spectraloom/pipeline');
    const card = await readCard(join(workspaceRoot(), 'datasets'), args.name);
    const interrupt = interruptSignal((message) => process.stderr.write(`${message}\n`));
    try {
      if (!args.json) process.stderr.write(`${card.title}\nfrom ${card.url}\n`);
      const result = await fetchDataset(card, { signal: interrupt.signal });
      process.stdout.write(
        args.json
          ? `${JSON.stringify(result)}\n`
          : `${result.path}: ${result.fetched ? 'fetched' : 'was there already'}, ${card.bytes} bytes, sha256 as its card says\n${card.licence}. ${card.attribution.trim()}\n`,
      );
    } finally {
      interrupt.dispose();
    }
  },
};
