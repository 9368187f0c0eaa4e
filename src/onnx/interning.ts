import type { OnnxAttribute, OnnxData, OnnxTensor } from "./onnx-graph.ts";
import { bytesOfNumbers, bytesOfText } from "./tensor-data.ts";

/** One content: a data type, dimensions and numbers, whatever its name. */
interface Content {
  readonly id: number;
  readonly data: OnnxData;
}

/** Numbers the distinct contents of tensors; contents are compared to the bit, so 0 and -0 differ and equal NaNs do not. */
export class TensorContents {
  private readonly byHash = new Map<string, Content[]>();
  private count = 0;

  /** The same number for the same content. The data are kept, not copied. */
  idOf({ dataType, dims, data }: Omit<OnnxTensor, "name">): number {
    const key = `${dataType} ${dims.join("x")} ${hashOf(data)}`;
    let contents = this.byHash.get(key);
    if (contents === undefined) this.byHash.set(key, (contents = []));
    let content = contents.find((candidate) => sameData(candidate.data, data));
    if (content === undefined) contents.push((content = { id: this.count++, data }));
    return content.id;
  }
}

/** A text that is the same for equal attributes alone; undefined where they hold graphs, which are never taken for equal. */
export function attributesKey(
  attributes: Readonly<Record<string, OnnxAttribute>>,
  contents: TensorContents,
): string | undefined {
  const parts: string[] = [];
  for (const name of Object.keys(attributes).sort()) {
    const attribute = attributes[name]!;
    const value = attributeKey(attribute, contents);
    if (value === undefined) return undefined;
    parts.push(`${name} ${attribute.kind} ${value}`);
  }
  return JSON.stringify(parts);
}

function attributeKey(attribute: OnnxAttribute, contents: TensorContents): string | undefined {
  switch (attribute.kind) {
    case "int":
    case "float":
      return numberKey(attribute.value);
    case "ints":
    case "floats":
      return (attribute.value as readonly (number | bigint)[]).map(numberKey).join(" ");
    case "tensor":
      return String(contents.idOf(attribute.value));
    case "tensors":
      return attribute.value.map((tensor) => contents.idOf(tensor)).join(" ");
    case "string":
    case "strings":
    case "type":
      return JSON.stringify(attribute.value);
    case "graph":
    case "graphs":
      return undefined;
  }
}

function numberKey(value: number | bigint): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function sameData(left: OnnxData, right: OnnxData): boolean {
  if (left === right) return true;
  if (left.length !== right.length) return false;
  const [leftEntries, rightEntries] = [entriesOf(left), entriesOf(right)];
  for (let index = 0; index < leftEntries.length; index++) {
    if (leftEntries[index] !== rightEntries[index]) return false;
  }
  return true;
}

/** FNV-1a of 32 bits, of some thousand bytes spread over the data: enough to find candidates. */
function hashOf(data: OnnxData): number {
  const bytes = ArrayBuffer.isView(data) ? bytesOfNumbers(data) : bytesOfText(data.join("\0"));
  // An odd step, so that it meets every byte of the numbers in turn.
  const step = Math.ceil(bytes.length / 4096) | 1;
  let hash = 0x811c9dc5;
  for (let index = 0; index < bytes.length; index += step) hash = Math.imul(hash ^ bytes[index]!, 0x01000193);
  return hash;
}

function entriesOf(data: OnnxData): ArrayLike<number | string> {
  return ArrayBuffer.isView(data) ? bytesOfNumbers(data) : data;
}
