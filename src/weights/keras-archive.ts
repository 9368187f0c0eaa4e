import { InputError } from "../diagnostics/input-error.ts";

/** What `model.save("model.keras")` packs: its weights under this name, beside the configuration. */
const weightsEntry = "model.weights.h5";
/** Random numbers hardly get smaller by packing, texts do; what claims to grow by more is made to fill memory. */
const largestRatios = { weights: 20, text: 200 };
const mostEntries = 10_000;

/**
 * A file within a `.keras` archive: that of the weights (HDF5) where no other is named. Nothing is unpacked to the disk, and no more than the archive's directory says is
 * unpacked at all.
 *
 * @param name the file, for messages
 * @throws InputError where the bytes are no such archive, or one that no program has written
 */
export async function readKerasArchive(
  bytes: Uint8Array,
  name: string,
  wanted = weightsEntry,
): Promise<Uint8Array> {
  const { default: yauzl } = await import("yauzl");
  const fail = (reason: string, cause?: unknown): never => {
    throw new InputError(`${name} is not a sound .keras archive: ${reason}`, {
      code: "CNN601",
      place: { file: name },
      cause,
    });
  };
  try {
    const archive = await yauzl.fromBufferPromise(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      {
        lazyEntries: true,
        strictFileNames: true,
        validateEntrySizes: true,
      },
    );
    if (archive.entryCount > mostEntries) fail(`it lists ${archive.entryCount} files`);
    for await (const entry of archive.eachEntry()) {
      if (entry.fileName !== wanted) continue;
      const { compressedSize, uncompressedSize } = entry;
      if (compressedSize > bytes.length) fail(`${wanted} is larger than the archive`);
      const largestRatio = wanted === weightsEntry ? largestRatios.weights : largestRatios.text;
      if (uncompressedSize > largestRatio * compressedSize + 1024)
        fail(`${wanted} would grow from ${compressedSize} to ${uncompressedSize} bytes`);
      const chunks: Buffer[] = [];
      for await (const chunk of await archive.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    }
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    return fail(cause instanceof Error ? cause.message : String(cause), cause);
  }
  return fail(`it holds no ${wanted}; does \`model.save\` have written it?`);
}
