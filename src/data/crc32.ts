// The checksum of PNG and zip files.
import * as zlib from "node:zlib";

/** CRC-32 of ISO/IEC 15948, annex D, and of zip files, of bytes that follow others of the checksum `before`; Node has it from 20.15 on. */
export const crc32: (bytes: Uint8Array, before?: number) => number =
  typeof zlib.crc32 === "function" ? (bytes, before = 0) => zlib.crc32(bytes, before) : crc32ByTable;

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = (rest & 1) === 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

/** The same where Node does not have it. */
export function crc32ByTable(bytes: Uint8Array, before = 0): number {
  let rest = ~before;
  for (const byte of bytes) rest = crcTable[(rest ^ byte) & 0xff]! ^ (rest >>> 8);
  return ~rest >>> 0;
}
