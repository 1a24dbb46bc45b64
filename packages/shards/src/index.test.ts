import { expect, it } from 'vitest';
import * as shards from './index.js';

it('exports this and nothing else', () => {
  expect(Object.keys(shards).sort()).toEqual([
    'DatasetLocked',
    'DatasetReader',
    'ShardCorrupt',
    'ShardsError',
    'acquireLock',
    'catalogueName',
    'checkShard',
    'datasetStats',
    'exportParquet',
    'journalName',
    'makeManifest',
    'manifestName',
    'npyAsFloat32',
    'npySqueeze',
    'openShard',
    'parameterColumns',
    'readJournal',
    'readManifest',
    'readNpy',
    'recordBatchRows',
    'removePartialFiles',
    'shardCount',
    'shardRange',
    'verifyDataset',
    'writeCatalogue',
    'writeFileDurably',
    'writeManifest',
    'writeNpy',
  ]);
});
