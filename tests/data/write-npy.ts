const sizes = { "|u1": 1, "<i4": 4, "<i8": 8, "<f4": 4, "<f8": 8 } as const;

/** An .npy file as NumPy writes it (format 1.0, C order). */
export function npy(type: keyof typeof sizes, shape: readonly number[], values: readonly number[]): Buffer {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': ${tuple}, }`.padEnd(117) + "\n";
  const body = Buffer.alloc(sizes[type] * values.length);
  const write = {
    "|u1": (value: number, at: number) => body.writeUInt8(value, at),
    "<i4": (value: number, at: number) => body.writeInt32LE(value, at),
    "<i8": (value: number, at: number) => body.writeBigInt64LE(BigInt(value), at),
    "<f4": (value: number, at: number) => body.writeFloatLE(value, at),
    "<f8": (value: number, at: number) => body.writeDoubleLE(value, at),
  }[type];
  for (const [index, value] of values.entries()) write(value, index * sizes[type]);
  return Buffer.concat([Buffer.from(`\x93NUMPY\x01\x00v\x00${text}`, "latin1"), body]);
}
