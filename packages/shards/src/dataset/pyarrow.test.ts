import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { rowSeed } from '@spectraloom/sampling';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  syntheticImage,
  syntheticLayout,
  temporaryFolder,
  writeSynthetic,
} from './synthetic.fixture.js';

const python = process.env.SPECTRALOOM_PYTHON ?? 'python3';
const hasArrow = spawnSync(python, ['-c', 'import pyarrow']).status === 0;
if (!hasArrow) console.log(`skipped: reading with pyarrow, '${python} -c "import pyarrow"' failed`);

describe.skipIf(!hasArrow)('in pyarrow', () => {
  const { path: folder, remove } = temporaryFolder();
  const layout = syntheticLayout();
  beforeAll(() => void writeSynthetic(folder, layout));
  afterAll(remove);

  it('a shard is a table with a tensor column, its units, nulls and exact seeds', () => {
    const script = `
import pyarrow as pa, json, sys
with pa.OSFile(sys.argv[1]) as f:
    reader = pa.ipc.open_file(f)
    table = reader.read_all()
    batches = reader.num_record_batches
table.validate(full=True)
t = table.schema.field('image').type
image = table.column('image').combine_chunks()
print(json.dumps({
  'type': str(t), 'extension': t.extension_name, 'shape': list(t.shape), 'batches': batches,
  'unit': table.schema.field('J').metadata[b'unit'].decode(),
  'planId': table.schema.metadata[b'spectraloom.planId'].decode(),
  'nulls': table.column('J').null_count,
  'seed': str(table.column('seed')[3].as_py()),
  'image': image.to_pylist()[3],
  'rows': table.column('row').to_pylist(),
}))`;
    const out = execFileSync(python, ['-c', script, join(folder, 'shard-000000.arrow')]);
    const seen = JSON.parse(out.toString()) as Record<string, unknown>;
    expect(seen).toMatchObject({
      type: 'extension<arrow.fixed_shape_tensor[value_type=float, shape=[3,5]]>',
      extension: 'arrow.fixed_shape_tensor',
      shape: [3, 5],
      batches: 2,
      unit: 'meV',
      planId: layout.planId,
      nulls: 20,
      rows: Array.from({ length: 40 }, (_, i) => i),
    });
    expect(Float32Array.from(seen.image as number[])).toEqual(syntheticImage(layout, 3));
    expect(seen.seed).toBe(String(rowSeed(layout.planId, 3)));
    expect(rowSeed(layout.planId, 3)).toBeGreaterThan(2n ** 53n);
  });
});
