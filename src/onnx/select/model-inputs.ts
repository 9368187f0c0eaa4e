import type { OnnxBuilder, ValueHandle } from "../builder.ts";
import type { OnnxDataType } from "../data-type.ts";
import type { Tensor } from "./node-maker.ts";
import { product } from "./row-layout.ts";

/**
 * An input that is a part of another: the elements from `start` up to but not including `end`, so many times over, in its own
 * dimensions.
 */
export interface InputView {
  readonly name: string;
  readonly source: string;
  readonly start: number;
  readonly end: number;
  readonly times: number;
}

/** The key of a model's metadata under which its views stand, as JSON. */
export const viewsKey = "input views";

/** A part of an input. */
interface InputPart {
  readonly source: string;
  readonly dataType: OnnxDataType;
  readonly start: number;
  readonly end: number;
  readonly times: number;
}

/** The inputs of a model, and parts of them as inputs of their own where the host gives such. */
export class ModelInputs {
  readonly views: InputView[] = [];
  readonly #model: OnnxBuilder;
  readonly #hasViews: boolean;
  readonly #partOfInput = new Map<ValueHandle, InputPart>();
  readonly #declared = new Map<string, Tensor>();

  constructor(model: OnnxBuilder, hasViews: boolean) {
    this.#model = model;
    this.#hasViews = hasViews;
  }

  /** An input of the model. */
  whole(name: string, dataType: OnnxDataType, dims: readonly number[]): Tensor {
    return this.#declare(name, { source: name, dataType, start: 0, end: product(dims), times: 1 }, dims);
  }

  /** Some elements of an input as an input of their own. */
  part(source: string, dataType: OnnxDataType, start: number, end: number): Tensor {
    return this.declareView({ source, dataType, start, end, times: 1 }, [end - start]);
  }

  /** The part of an input that a tensor is, where the host gives such parts. */
  viewOf({ handle }: Tensor): InputPart | undefined {
    return this.#hasViews ? this.#partOfInput.get(handle) : undefined;
  }

  declareView(part: InputPart, dims: readonly number[]): Tensor {
    const { source, start, end, times } = part;
    const repeated = times === 1 ? "" : ` ${times} times`;
    const name = `${source}[${start}:${end}]${repeated} as ${dims.join("x")}`;
    if (!this.#declared.has(name)) this.views.push({ name, source, start, end, times });
    return this.#declare(name, part, dims);
  }

  #declare(name: string, part: InputPart, dims: readonly number[]): Tensor {
    let tensor = this.#declared.get(name);
    if (tensor === undefined) {
      tensor = { handle: this.#model.input(name, part.dataType, dims), dims };
      this.#declared.set(name, tensor);
      this.#partOfInput.set(tensor.handle, part);
    }
    return tensor;
  }
}
