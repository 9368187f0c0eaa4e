import type { OnnxBuilder, ValueHandle } from "../builder.ts";
import { dataTypeCode, dataTypeOfCode, type OnnxDataType } from "../data-type.ts";
import { largestHalf, numberToHalf } from "../../tensor/half-precision.ts";
import type { Attributes, Tensor } from "./node-maker.ts";

/** The numbers of a constant. */
interface FloatConstant {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** Operators whose results are of another type than their operands. */
const typesOfTheirOwn: ReadonlyMap<string, OnnxDataType> = new Map([
  ["Equal", "bool"],
  ["Greater", "bool"],
  ["ArgMax", "int64"],
  ["Shape", "int64"],
]);

/** Of what type a node's result is. @param operandType of an operand by its position */
export function resultType(
  opType: string,
  attributes: Attributes,
  operandType: (index: number) => OnnxDataType,
): OnnxDataType {
  if (opType === "Cast") return dataTypeOfCode(Number(attributes["to"]!.value))!;
  // A choice begins with what it chooses by.
  return typesOfTheirOwn.get(opType) ?? operandType(opType === "Where" ? 1 : 0);
}

/**
 * Operators that the CPU has for float16. Around all others it would put casts of its own, and leave them out again where two meet:
 * a maximum would be rounded and the number that it is would not be. Casts that a model brings along stay.
 */
const movesNumbers: ReadonlySet<string> = new Set([
  "Concat",
  "Expand",
  "Gather",
  "Pad",
  "Reshape",
  "Slice",
  "Transpose",
]);

/** Whether an operator needs operands of float32 on the CPU. */
export function needsSinglesOnCpu(opType: string): boolean {
  return opType !== "Cast" && !movesNumbers.has(opType);
}

/** Whether an operator gives numbers of its operands' type. */
export function keepsType(opType: string): boolean {
  return !typesOfTheirOwn.has(opType);
}

/** Which values of an ONNX graph are float16, and which are fixed numbers of float32 that become so where they meet one. */
export class FloatTypes {
  readonly #model: OnnxBuilder;
  readonly #halves = new Set<ValueHandle>();
  /** Constants, and what is made with them: forms ask for their numbers before it is known what meets them. */
  readonly #constants = new Map<ValueHandle, FloatConstant | undefined>();

  constructor(model: OnnxBuilder) {
    this.#model = model;
  }

  isHalf(handle: ValueHandle): boolean {
    return this.#halves.has(handle);
  }

  noteConstant(handle: ValueHandle, constant: FloatConstant): void {
    this.#constants.set(handle, constant);
  }

  /** Takes down the type of what a node gives. */
  noteResult(
    opType: string,
    inputs: readonly ValueHandle[],
    attributes: Attributes,
    handle: ValueHandle,
  ): void {
    if (opType === "Cast") {
      if (Number(attributes["to"]!.value) === dataTypeCode("float16")) this.#halves.add(handle);
      return;
    }
    if (!keepsType(opType)) return;
    if (inputs.some((input) => this.#halves.has(input))) this.#halves.add(handle);
    else if (inputs.some((input) => this.#constants.has(input))) this.#constants.set(handle, undefined);
  }

  /** An operand that meets float16: fixed numbers of float32 become so too. @param cast for those that are computed */
  meetingHalf(tensor: Tensor, cast: (computed: Tensor) => Tensor): Tensor {
    if (!this.#constants.has(tensor.handle)) return tensor;
    const constant = this.#constants.get(tensor.handle);
    return constant === undefined ? cast(tensor) : this.#halfConstant(constant);
  }

  #halfConstant({ data, dims }: FloatConstant): Tensor {
    // What stands for the largest number there is stays one.
    const fitting = (value: number): number =>
      Number.isFinite(value) ? Math.min(largestHalf, Math.max(-largestHalf, value)) : value;
    const halves = Uint16Array.from(data, (value) => numberToHalf(fitting(value)));
    const handle = this.#model.constant(halves, dims, undefined, "float16");
    this.#halves.add(handle);
    return { handle, dims };
  }
}
