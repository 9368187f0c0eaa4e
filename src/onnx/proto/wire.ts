// Protocol Buffers' wire format for models: protobufjs' reader and writer, made fit for large tensors and hostile files.
import protobuf from "protobufjs/minimal.js";
import type { NumberArray } from "../data-type.ts";

/** A message of Protocol Buffers, and so a .onnx file, is shorter than 2 GiB. */
export const maximumMessageBytes = 2 ** 31 - 1;

/** Bytes from this length on are not copied until the end. */
const blobThreshold = 16 * 1024;

/** Bytes that belong at a place of the stream, in the stead of the `skip` bytes that stand there. */
interface Insertion {
  readonly position: number;
  readonly skip: number;
  readonly bytes: Uint8Array;
}

/** What had been inserted when a message was begun. */
interface OpenMessage {
  readonly insertions: number;
  readonly insertedBytes: number;
}

/**
 * A writer that keeps large byte fields aside and copies each once, into a result of the exact size. (The plain one moves a
 * tensor once for each message around it, and its buffer grows by doubling.) Integers of 64 bits may be bigints.
 */
export class BlobWriter extends protobuf.Writer {
  /** In the order of their positions. */
  private readonly insertions: Insertion[] = [];
  private insertedBytes = 0;
  private readonly openMessages: OpenMessage[] = [];

  /** Bytes of the finished message. */
  get byteLength(): number {
    return this.pos + this.insertedBytes;
  }

  override bytes(value: Uint8Array | string): this {
    if (typeof value === "string" || value.length < blobThreshold) {
      super.bytes(value);
    } else {
      this.uint32(value.length);
      this.insertions.push({ position: this.pos, skip: 0, bytes: value });
      this.insertedBytes += value.length;
    }
    return this;
  }

  override int64(value: number | bigint | string | protobuf.Long): this {
    super.int64(typeof value === "bigint" ? longBits(value) : value);
    return this;
  }

  override fork(): this {
    this.openMessages.push({ insertions: this.insertions.length, insertedBytes: this.insertedBytes });
    super.fork();
    return this;
  }

  /** Ends the message that `fork` began. Its length prefix is inserted where the message holds insertions. */
  override ldelim(): this {
    const begun = this.openMessages.pop();
    if (begun === undefined || begun.insertedBytes === this.insertedBytes) {
      super.ldelim();
      return this;
    }
    const position = this.states!.pop()!;
    const contentBytes = this.pos - (position + 1) + (this.insertedBytes - begun.insertedBytes);
    const prefix = new protobuf.Writer().uint32(contentBytes).finish();
    this.insertions.splice(begun.insertions, 0, { position, skip: 1, bytes: prefix });
    this.insertedBytes += prefix.length - 1;
    return this;
  }

  override finish(): Uint8Array {
    const result = new Uint8Array(this.byteLength);
    let from = 0;
    let to = 0;
    for (const { position, skip, bytes } of this.insertions) {
      result.set(this.buf.subarray(from, position), to);
      to += position - from;
      result.set(bytes, to);
      to += bytes.length;
      from = position + skip;
    }
    result.set(this.buf.subarray(from, this.pos), to);
    return result;
  }
}

/** The two halves of a 64-bit integer, as protobufjs takes it. */
function longBits(value: bigint): protobuf.Long {
  return {
    low: Number(BigInt.asIntN(32, value)),
    high: Number(BigInt.asIntN(32, value >> 32n)),
    unsigned: false,
  };
}

/** Strings, bytes and messages in one file: several hundred thousand nodes. Small messages cost many times their bytes in memory. */
const maximumFields = 2 ** 23;

/** A repeated field of numbers as BoundedReader leaves it: single numbers, and packed runs of them as typed arrays. */
export type PackedList = readonly (number | bigint | NumberArray)[];

/** What BoundedReader takes over from protobufjs' reader; of the rest it changes the types. */
interface PlainReader {
  readonly buf: Uint8Array;
  pos: number;
  len: number;
  tag(): number;
  size(): number;
  bytes(): Uint8Array;
  int32(): number;
}
const PlainReader = protobuf.Reader as unknown as new (bytes: Uint8Array) => PlainReader;

/**
 * A reader for files that nobody vouches for. Memory stays in proportion to the file: the number of fields is limited, and a
 * packed run of numbers becomes one typed array, itself added to the field's list (see PackedList). Integers of 64 bits are
 * numbers where those are exact, else bigints.
 */
export class BoundedReader extends PlainReader {
  private fields = 0;

  /** This reader as the schema's decoders take it. */
  asReader(): protobuf.Reader {
    return this as unknown as protobuf.Reader;
  }

  override tag(): number {
    const tag = super.tag();
    if ((tag & 7) === 2 && ++this.fields > maximumFields) {
      throw new RangeError(`more than ${maximumFields} fields`);
    }
    return tag;
  }

  int64(): number | bigint {
    return integerOf(BigInt.asIntN(64, this.varint64()));
  }

  uint64(): number | bigint {
    return integerOf(this.varint64());
  }

  floats(list: unknown[]): void {
    this.fixedRun(list, Float32Array);
  }

  doubles(list: unknown[]): void {
    this.fixedRun(list, Float64Array);
  }

  int32s(list: unknown[]): void {
    this.varintRun(list, Int32Array, () => this.int32());
  }

  int64s(list: unknown[]): void {
    this.varintRun(list, BigInt64Array, () => BigInt.asIntN(64, this.varint64()));
  }

  uint64s(list: unknown[]): void {
    this.varintRun(list, BigUint64Array, () => this.varint64());
  }

  private varint64(): bigint {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError("an integer of more than 64 bits");
  }

  private byte(): number {
    if (this.pos >= this.len) throw new RangeError("the bytes end within a number");
    return this.buf[this.pos++]!;
  }

  private fixedRun(list: unknown[], RunClass: Float32ArrayConstructor | Float64ArrayConstructor): void {
    const bytes = this.bytes();
    if (bytes.length % RunClass.BYTES_PER_ELEMENT !== 0)
      throw new RangeError("a packed run ends within a number");
    addRun(list, new RunClass(new Uint8Array(bytes).buffer));
  }

  private varintRun<Entry extends number | bigint>(
    list: unknown[],
    RunClass: new (length: number) => NumberArray & { [index: number]: Entry },
    readEntry: () => Entry,
  ): void {
    const bytes = this.size();
    const end = this.pos + bytes;
    const outerEnd = this.len;
    if (end > outerEnd) throw new RangeError("a packed run is longer than what holds it");
    let count = 0;
    for (let position = this.pos; position < end; position++) if (this.buf[position]! < 0x80) count++;
    const run: NumberArray & { [index: number]: number | bigint } = new RunClass(count);
    this.len = end;
    for (let index = 0; index < count; index++) run[index] = readEntry();
    if (this.pos !== end) throw new RangeError("a packed run ends within a number");
    this.len = outerEnd;
    addRun(list, run);
  }
}

/** Adds a run to a field's list; a short one number by number, since an array object takes more memory than those. */
function addRun(list: unknown[], run: NumberArray): void {
  if (run.length > 16) list.push(run);
  else list.push(...run);
}

function integerOf(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The numbers of a short list, such as dimensions. */
export function unpackedList(list: PackedList): (number | bigint)[] {
  const numbers = list.flatMap((part) =>
    typeof part === "object" ? Array.from<number | bigint>(part as ArrayLike<number | bigint>) : [part],
  );
  return numbers.map((entry) => (typeof entry === "bigint" ? integerOf(entry) : entry));
}
