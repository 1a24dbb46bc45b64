import { MetadataVersion, Schema } from 'apache-arrow';
import { Footer } from 'apache-arrow/fb/footer';
import { KeyValue } from 'apache-arrow/fb/key-value';
import { FileBlock } from 'apache-arrow/ipc/metadata/file';
import { Builder, ByteBuffer } from 'flatbuffers';

/** Length (int32) and magic behind the footer. */
const suffix = 10;

/** Arrow's footer with metadata of its own, which the format has and apache-arrow does not write. */
export function encodeFooter(
  schema: Schema,
  batches: readonly FileBlock[],
  metadata: ReadonlyMap<string, string>,
): Uint8Array {
  const b = new Builder();
  const schemaAt = Schema.encode(b, schema);
  Footer.startRecordBatchesVector(b, batches.length);
  for (const block of [...batches].reverse()) FileBlock.encode(b, block);
  const batchesAt = b.endVector();
  Footer.startDictionariesVector(b, 0);
  const dictionariesAt = b.endVector();
  const pairs = Array.from(metadata, ([key, value]) => {
    const keyAt = b.createString(key);
    const valueAt = b.createString(value);
    return KeyValue.createKeyValue(b, keyAt, valueAt);
  });
  const metadataAt = Footer.createCustomMetadataVector(b, pairs);
  Footer.startFooter(b);
  Footer.addSchema(b, schemaAt);
  Footer.addVersion(b, MetadataVersion.V5);
  Footer.addRecordBatches(b, batchesAt);
  Footer.addDictionaries(b, dictionariesAt);
  Footer.addCustomMetadata(b, metadataAt);
  Footer.finishFooterBuffer(b, Footer.endFooter(b));
  return b.asUint8Array();
}

/** Where a record batch is in its file: its message, then its body. */
export interface BatchPlace {
  readonly offset: number;
  readonly metadataLength: number;
  readonly bodyLength: number;
}

export interface DecodedFooter {
  readonly batches: readonly BatchPlace[];
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads a footer.
 * @param end the last bytes of a file, the whole footer among them
 * @throws Error when there is none
 */
export function decodeFooter(end: Uint8Array): DecodedFooter {
  const length = new DataView(end.buffer, end.byteOffset, end.length).getInt32(
    end.length - suffix,
    true,
  );
  const at = end.length - suffix - length;
  if (!(length > 0 && at >= 0)) throw new Error(`a footer of ${length} bytes`);
  const footer = Footer.getRootAsFooter(new ByteBuffer(end.subarray(at, at + length)));
  const batches = Array.from({ length: footer.recordBatchesLength() }, (_, i) => {
    const block = footer.recordBatches(i)!;
    return {
      offset: Number(block.offset()),
      metadataLength: block.metaDataLength(),
      bodyLength: Number(block.bodyLength()),
    };
  });
  const metadata = new Map<string, string>();
  for (let i = 0; i < footer.customMetadataLength(); i++) {
    const pair = footer.customMetadata(i)!;
    metadata.set(pair.key() ?? '', pair.value() ?? '');
  }
  return { batches, metadata };
}
