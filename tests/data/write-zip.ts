import { deflateRawSync } from "node:zlib";
import { crc32 } from "../../src/data/crc32.ts";

/** How an archive is written. */
interface ZipForm {
  /** What the directory says of each file's size, where that is a lie. */
  readonly size?: number;
  /** Whether files are stored as they are; else they are packed. */
  readonly isStored?: boolean;
  /** Whether sizes and places stand in the records of archives beyond 4 GB. */
  readonly isWide?: boolean;
}

/** A zip archive. */
export function zip(
  entries: Record<string, Uint8Array>,
  { size, isStored = false, isWide = false }: ZipForm = {},
): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, contents] of Object.entries(entries)) {
    const packed = isStored ? contents : deflateRawSync(contents);
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(isStored ? 0 : 8, 8);
    head.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(isStored ? 0 : 8, 10);
    entry.writeUInt32LE(crc32(contents), 16);
    const numbers = [packed.length, size ?? contents.length, at];
    const extra = isWide ? wideRecord(numbers) : Buffer.alloc(0);
    for (const [index, place] of [20, 24, 42].entries())
      entry.writeUInt32LE(isWide ? 0xffffffff : numbers[index]!, place);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt16LE(extra.length, 30);
    parts.push(head, Buffer.from(name), Buffer.from(packed));
    directory.push(entry, Buffer.from(name), extra);
    at += head.length + name.length + packed.length;
  }
  const listed = Buffer.concat(directory);
  const count = Object.keys(entries).length;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(isWide ? 0xffff : count, 10);
  end.writeUInt32LE(isWide ? 0xffffffff : listed.length, 12);
  end.writeUInt32LE(isWide ? 0xffffffff : at, 16);
  const wideEnd = isWide ? largeEnd({ start: at, size: listed.length, count }) : Buffer.alloc(0);
  return Buffer.concat([...parts, listed, wideEnd, end]);
}

/** Size, packed size and place in 64 bits (PKWARE's APPNOTE, 4.5.3). */
function wideRecord([packed, size, local]: readonly number[]): Buffer {
  const record = Buffer.alloc(28);
  record.writeUInt16LE(1, 0);
  record.writeUInt16LE(24, 2);
  for (const [index, value] of [size!, packed!, local!].entries())
    record.writeBigUInt64LE(BigInt(value), 4 + 8 * index);
  return record;
}

/** The end record of a large archive and what points to it (4.3.14 and 4.3.15). */
function largeEnd({ start, size, count }: Record<"start" | "size" | "count", number>): Buffer {
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  for (const [index, value] of [count, count, size, start].entries())
    record.writeBigUInt64LE(BigInt(value), 24 + 8 * index);
  const pointer = Buffer.alloc(20);
  pointer.writeUInt32LE(0x07064b50, 0);
  pointer.writeBigUInt64LE(BigInt(start + size), 8);
  return Buffer.concat([record, pointer]);
}
