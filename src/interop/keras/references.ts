import { isObject } from "./json.ts";

/** One of the tensors that a use of a layer gives. */
export interface TensorReference {
  readonly layer: string;
  readonly use: number;
  readonly output: number;
}

/** Lists within lists, deeper than any writer nests them. */
const deepest = 8;

/**
 * The uses of a layer. Keras 2 and TensorFlow.js write each as a list of `["conv", 0, 0, {}]`, Keras 3 as `{ args, kwargs }`
 * with tensors that tell their history; tensors may stand among the named arguments too (attention's `value`).
 */
export function readCalls(inbound: unknown): readonly (readonly TensorReference[])[] {
  return Array.isArray(inbound) ? inbound.map((call) => readReferences(call)) : [];
}

/** Every tensor that is named in a value, in the order of the text. */
export function readReferences(value: unknown, depth = 0): readonly TensorReference[] {
  if (depth > deepest) return [];
  const within = (values: readonly unknown[]): readonly TensorReference[] =>
    values.flatMap((each) => readReferences(each, depth + 1));
  if (Array.isArray(value)) {
    const [layer, use, output, ...others] = value as readonly unknown[];
    const isReference =
      typeof layer === "string" &&
      typeof use === "number" &&
      typeof output === "number" &&
      others.length <= 1;
    return isReference ? [{ layer, use, output }, ...within(others)] : within(value);
  }
  if (!isObject(value)) return [];
  const { class_name: className, config } = value;
  if (className === "__keras_tensor__" && isObject(config))
    return readReferences(config["keras_history"], depth + 1);
  return within(Object.values(value));
}
