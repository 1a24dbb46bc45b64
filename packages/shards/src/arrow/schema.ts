import { canonicalJson } from '@spectraloom/sampling';
import { Field, FixedSizeList, Float32, Float64, Schema, Uint32, Uint64, Utf8 } from 'apache-arrow';
import { type DatasetLayout, imageLength, type ShardRange } from '../dataset/layout.js';

/** Version of the shard's contract, in its schema metadata. */
const shardFormat = 'spectraloom-shard/1';

/**
 * The Arrow schema of a shard. Columns: row (uint32), label (utf8), seed (uint64), one float64 a
 * parameter (null where the row's model has it not; its unit in the field's metadata), image
 * (fixed_size_list of float32, row-major, extension type arrow.fixed_shape_tensor). The schema's
 * metadata say what the rows were made from; nothing in them changes from run to run.
 */
export function shardSchema(layout: DatasetLayout, range: ShardRange): Schema {
  const tensor = {
    ...(layout.imageAxes && { dim_names: layout.imageAxes }),
    shape: layout.imageShape,
  };
  return new Schema(
    [
      new Field('row', new Uint32(), false),
      new Field('label', new Utf8(), false),
      new Field('seed', new Uint64(), false),
      ...layout.parameters.map(
        ({ name, unit }) => new Field(name, new Float64(), true, new Map([['unit', unit]])),
      ),
      new Field(
        'image',
        new FixedSizeList(imageLength(layout), new Field('item', new Float32(), false)),
        false,
        new Map([
          ['ARROW:extension:name', 'arrow.fixed_shape_tensor'],
          ['ARROW:extension:metadata', canonicalJson(tensor)],
        ]),
      ),
    ],
    new Map([
      ['spectraloom.format', shardFormat],
      ['spectraloom.planId', layout.planId],
      ['spectraloom.firstRow', String(range.firstRow)],
      ['spectraloom.rows', String(range.rows)],
      ['spectraloom.labels', canonicalJson(layout.labels)],
      ['spectraloom.provenance', canonicalJson(layout.provenance)],
    ]),
  );
}
