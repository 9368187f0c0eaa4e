import { InputError, type InputPlace } from "../diagnostics/input-error.ts";
import type { WeightValues } from "../tensor/weight-values.ts";
import { readKerasArchive } from "./keras-archive.ts";
import { type KerasLayer, readKerasLayers } from "./keras-file.ts";
import { readSafetensors, textInPlace } from "./safetensors.ts";

/** What a file of weights holds: tensors by name, as our own files and PyTorch's do, or Keras' layers. */
export type WeightsFile =
  | {
      readonly kind: "tensors";
      readonly tensors: WeightValues;
      readonly metadata: Readonly<Record<string, string>>;
    }
  | { readonly kind: "keras"; readonly layers: readonly KerasLayer[] };

const hdf5Signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const zipSignature = [0x50, 0x4b];
const pickleSignature = [0x80];
/** Where safetensors' header begins, a JSON object, behind its length in 8 bytes, the first of which may be any. */
const headerStart = { offset: 8, byte: 0x7b };

/**
 * Reads a file of weights by what its first bytes say: HDF5 and `.keras` archives are Keras', all else is safetensors.
 *
 * @param name the file, for messages
 * @throws InputError where the file is damaged, or of a kind that may hold code
 */
export async function parseWeightsFile(bytes: Uint8Array, name: string): Promise<WeightsFile> {
  const begins = (signature: readonly number[]): boolean =>
    signature.every((byte, index) => bytes[index] === byte);
  if (begins(hdf5Signature)) return { kind: "keras", layers: await readKerasLayers(bytes, name) };
  const isPickle = begins(pickleSignature) && bytes[headerStart.offset] !== headerStart.byte;
  if (/\.pth?$/.test(name) || isPickle) throw pickleError(name);
  if (begins(zipSignature)) {
    return { kind: "keras", layers: await readKerasLayers(await readKerasArchive(bytes, name), name) };
  }
  if (/\.(?:h5|hdf5|keras)$/i.test(name) && bytes[headerStart.offset] !== headerStart.byte) {
    throw notKerasError(bytes, name);
  }
  const { tensors, metadata } = readSafetensors(bytes, name);
  return { kind: "tensors", tensors, metadata };
}

function pickleError(name: string): InputError {
  const place: InputPlace = { file: name };
  return new InputError(`${name} is a pickle of PyTorch, which is a program and is not run`, {
    place,
    code: "CNN602",
    help: "write its numbers alone: safetensors.torch.save_file(model.state_dict(), 'weights.safetensors')",
  });
}

function notKerasError(bytes: Uint8Array, name: string): InputError {
  const reason =
    bytes.length === 0 ? "it is empty" : "it begins neither as HDF5 nor as a .keras archive does";
  return new InputError(`${name} is not a sound file of Keras weights: ${reason}`, {
    place: { file: name },
    code: "CNN601",
    help: textInPlace(bytes),
  });
}
