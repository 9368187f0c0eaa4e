// TensorBoard's event files: records of protocol buffers, each with its length and two checksums.
// Format: tensorflow/core/lib/io/record_writer.h, tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto.

/** Scores at one moment of a run. */
export interface ScalarEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  readonly scalars: Readonly<Record<string, number>>;
}

/** A whole event file: the record that tells its version, then one a moment. */
export function encodeEventFile(startTime: number, events: readonly ScalarEvent[]): Uint8Array {
  const version = field(3, text("brain.Event:2"));
  return join([encodeRecord(join([fixed64(1, startTime), version])), ...events.map(encodeEvent)]);
}

/** One moment as a record; it may stand after all that a file holds. */
export function encodeEvent({ wallTime, step, scalars }: ScalarEvent): Uint8Array {
  const values = Object.entries(scalars).map(([tag, value]) =>
    field(1, join([field(1, text(tag)), fixed32(2, value)])),
  );
  return encodeRecord(join([fixed64(1, wallTime), varint(2 << 3), varint(step), field(5, join(values))]));
}

/** Length, its checksum, the data, its checksum; numbers are little endian. */
function encodeRecord(data: Uint8Array): Uint8Array {
  const head = new Uint8Array(12);
  const view = new DataView(head.buffer);
  view.setUint32(0, data.length, true);
  view.setUint32(8, maskedChecksum(head.subarray(0, 8)), true);
  const tail = new Uint8Array(4);
  new DataView(tail.buffer).setUint32(0, maskedChecksum(data), true);
  return join([head, data, tail]);
}

/** Checksums of data that holds checksums would be weak, so that they are turned and shifted (crc32c.h). */
function maskedChecksum(data: Uint8Array): number {
  const checksum = crc32c(data);
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}

/** Castagnoli's polynomial, bits reversed. */
const polynomial = 0x82f63b78;

const checksums = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ polynomial : rest >>> 1;
  return rest;
});

/** CRC-32C (RFC 3720, appendix B.4). */
export function crc32c(data: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of data) rest = checksums[(rest ^ byte) & 0xff]! ^ (rest >>> 8);
  return ~rest >>> 0;
}

/** A field of bytes: a message or a text. */
function field(number: number, bytes: Uint8Array): Uint8Array {
  return join([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

function fixed64(number: number, value: number): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = (number << 3) | 1;
  new DataView(bytes.buffer).setFloat64(1, value, true);
  return bytes;
}

function fixed32(number: number, value: number): Uint8Array {
  const bytes = new Uint8Array(5);
  bytes[0] = (number << 3) | 5;
  new DataView(bytes.buffer).setFloat32(1, value, true);
  return bytes;
}

/** Seven bits a byte, the lowest first; for whole numbers up to 2^53. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value > 0x7f; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80);
  bytes.push(value);
  return Uint8Array.from(bytes);
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
