import {
  type RecordBatch,
  RecordBatchFileWriter,
  RecordBatchWriter,
  type Schema,
} from 'apache-arrow';
import { encodeFooter } from './footer.js';

/** The base class's way to write a schema message, which the file writer leaves out. */
const writeSchemaMessage = (
  RecordBatchWriter.prototype as unknown as { _writeSchema(this: object, schema: Schema): unknown }
)._writeSchema;

/**
 * Arrow's file writer, with three differences. It hands its bytes over piece by piece instead of
 * gathering them, so a shard is never whole in memory; a piece may be a view of the caller's arrays
 * and is to be used at once. It writes the schema message at the head as the format's text asks
 * for (magic, stream, footer, magic), so the file also reads as a stream from byte 8 on. And the footer
 * has metadata, asked for when everything else is written.
 */
export class StreamingFileWriter extends RecordBatchFileWriter {
  readonly #emit: (piece: Uint8Array) => void;
  readonly #footerMetadata: () => ReadonlyMap<string, string>;

  constructor(
    schema: Schema,
    emit: (piece: Uint8Array) => void,
    footerMetadata: () => ReadonlyMap<string, string>,
  ) {
    super();
    this._autoDestroy = false;
    this.#emit = emit;
    this.#footerMetadata = footerMetadata;
    this.reset(undefined, schema);
  }

  writeBatch(batch: RecordBatch): void {
    this.write(batch);
  }

  /** Writes the footer. */
  writeEnd(): void {
    this.reset(undefined, null);
  }

  protected override _writeSchema(schema: Schema): this {
    super._writeSchema(schema);
    writeSchemaMessage.call(this, schema);
    return this;
  }

  protected override _writeFooter(schema: Schema): this {
    const endOfStream = Int32Array.of(-1, 0);
    this._write(endOfStream);
    const footer = encodeFooter(schema, this._recordBatchBlocks, this.#footerMetadata());
    return this._write(footer)._write(Int32Array.of(footer.byteLength))._writeMagic();
  }

  protected override _write(piece: ArrayBufferView): this {
    if (this._started && piece.byteLength > 0) {
      this.#emit(new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength));
      this._position += piece.byteLength;
    }
    return this;
  }
}
