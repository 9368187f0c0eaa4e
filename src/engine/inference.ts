import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { InferenceSession } from "onnxruntime-node";
import { InputError } from "../diagnostics/input-error.ts";
import { DataFilesInFolder } from "../files/data-files.ts";
import { readDescription } from "../onnx/deploy/description.ts";
import type { DataLayout, ModelDescription } from "../onnx/deploy/description.ts";
import { channelsFirst, natural, physicalShape } from "../onnx/deploy/layout.ts";
import type { Layout } from "../onnx/deploy/layout.ts";
import { toLogical, toMemory } from "../onnx/deploy/rearrange.ts";
import type { OnnxDim, OnnxModel, OnnxValue } from "../onnx/onnx-graph.ts";
import { readOnnx } from "../onnx/read.ts";
import { importOnnxRuntime, type OnnxRuntime } from "./onnx-runtime.ts";

/** An input of a loaded model. */
export interface SessionInput {
  readonly name: string;
  /** Of one example, channels last. */
  readonly shape: readonly number[];
}

export interface LoadOptions {
  /** What messages call a model that is given as bytes. */
  readonly name?: string;
  /** Threads of ONNX Runtime; as many as there are cores if left out. */
  readonly threads?: number;
  /** Examples that run at once; larger batches are split. */
  readonly batchSize?: number;
}

/** What evaluation and prediction need of a model, whatever computes it. */
export type RunnableModel = Pick<OnnxSession, "name" | "inputShape" | "run" | "runInOrder" | "dispose">;

const defaultBatchSize = 128;

/** A .onnx model ready to run. Examples are handed over and come back channels last, however the file wants them. */
export interface OnnxSession {
  readonly name: string;
  readonly inputs: readonly SessionInput[];
  readonly outputNames: readonly string[];
  /** The shape of one example of the only input, or of the first. */
  readonly inputShape: readonly number[];
  /** What the file says of itself. */
  readonly description: ModelDescription;
  /**
   * The first output for `count` examples, one after the other: count × the output's shape.
   *
   * @throws InputError where the batch has not count × `inputShape` numbers, or the model takes several inputs
   */
  run(batch: Float32Array, count: number): Promise<Float32Array>;
  /** All outputs by name, for inputs by name. */
  runAll(
    batch: Readonly<Record<string, Float32Array>>,
    count: number,
  ): Promise<Readonly<Record<string, Float32Array>>>;
  /** All outputs in their order, for inputs in their order. */
  runInOrder(batch: readonly Float32Array[], count: number): Promise<readonly Float32Array[]>;
  dispose(): Promise<void>;
}

/**
 * Opens a .onnx model with float32 inputs, this program's own or another's. The layout of images is what the file says, else what
 * its shape looks like: 1 to 4 channels before or after height and width, before them in doubt.
 *
 * @param source a path, or the file's bytes
 * @throws InputError for a missing or damaged file, and for a model that ONNX Runtime or this program cannot run
 */
export async function loadOnnxModel(
  source: string | Uint8Array,
  options: LoadOptions = {},
): Promise<OnnxSession> {
  const name = options.name ?? (typeof source === "string" ? source : "the model");
  const bytes = typeof source === "string" ? await readModelFile(source) : source;
  const files = typeof source === "string" ? new DataFilesInFolder(dirname(source)) : undefined;
  const model = readOnnx(bytes, name, files);
  const description = readDescription(model.metadata);
  const inputs = inputsOf(model).map((value) => describeInput(value, description.layout, name));
  if (inputs.length === 0) throw new InputError(`${name} takes no input`, { place: { file: name } });
  const runtime = await importOnnxRuntime();
  // ONNX Runtime looks for the files of weights beside the path.
  const session = await createSession(runtime, files?.areUsed === true ? (source as string) : bytes, {
    name,
    nodes: model.graph.nodes.length,
    threads: options.threads,
  });
  return new LoadedModel({
    name,
    description,
    inputs,
    runtime,
    session,
    batchSize: options.batchSize ?? defaultBatchSize,
  });
}

const readReasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "you may not read it",
  ERR_FS_FILE_TOO_LARGE: "it is larger than 2 GiB, which no ONNX model is",
};

async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    const reason = readReasons[code] ?? messageOf(cause);
    throw new InputError(`cannot read ${path}: ${reason}`, { place: { file: path }, cause });
  }
}

export interface SessionRequest {
  readonly name: string;
  /** Nodes of the graph. */
  readonly nodes: number;
  readonly threads?: number;
}

/** Beyond so many nodes ONNX Runtime's optimizers take minutes: their time grows with the square. */
const mostNodesToOptimize = 10_000;

/** @throws InputError where ONNX Runtime refuses the model */
export async function createSession(
  { InferenceSession }: OnnxRuntime,
  source: Uint8Array | string,
  { name, nodes, threads }: SessionRequest,
): Promise<InferenceSession> {
  try {
    // Either by itself, since the two are overloads.
    const create = (options: InferenceSession.SessionOptions): Promise<InferenceSession> =>
      typeof source === "string"
        ? InferenceSession.create(source, options)
        : InferenceSession.create(source, options);
    return await create({
      // Errors are thrown; ONNX Runtime need not write them to the terminal as well.
      logSeverityLevel: 4,
      graphOptimizationLevel: nodes > mostNodesToOptimize ? "disabled" : "all",
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    });
  } catch (cause) {
    throw new InputError(`ONNX Runtime cannot run ${name}: ${messageOf(cause)}`, {
      place: { file: name },
      cause,
    });
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Inputs that must be given: older files list their weights too. */
function inputsOf({ graph }: OnnxModel): readonly OnnxValue[] {
  const weights = new Set(graph.initializers.map((tensor) => tensor.name));
  return graph.inputs.filter((value) => !weights.has(value.name));
}

interface DescribedInput extends SessionInput {
  readonly layout: DataLayout;
  /** Undefined where any number of examples can run at once. */
  readonly batch: number | undefined;
}

function describeInput(
  { name, type }: OnnxValue,
  layoutSaid: DataLayout | undefined,
  file: string,
): DescribedInput {
  const refuse = (reason: string, help?: string): InputError =>
    new InputError(`input "${name}" of ${file} ${reason}`, { place: { file }, help });
  if (type?.kind !== "tensor" || type.dims === undefined) throw refuse("has no known shape");
  if (type.dataType !== "float32") throw refuse(`takes ${type.dataType}; only float32 is supported`);
  const [batch, ...dims] = type.dims;
  if (type.dims.length === 0) throw refuse("is a single number, not a batch of examples");
  const open = dims.findIndex((dim) => typeof dim !== "number" || dim === 0);
  if (open >= 0) {
    throw refuse(
      `has the shape ${formatDims(type.dims)}, and the size of its axis ${open + 1} is not fixed`,
      "export the model for one size of input",
    );
  }
  const sizes = dims as readonly number[];
  const layout = layoutSaid ?? guessLayout(sizes);
  const shape = layout === "channels_first" && sizes.length > 1 ? [...sizes.slice(1), sizes[0]!] : sizes;
  return { name, layout, shape, batch: typeof batch === "number" ? batch : undefined };
}

function formatDims(dims: readonly OnnxDim[]): string {
  return dims.map((dim) => dim ?? "?").join("x");
}

/** Images rarely have more than 4 channels or fewer than 5 rows. */
function guessLayout(sizes: readonly number[]): DataLayout {
  return sizes.at(-1)! <= 4 && sizes[0]! > 4 ? "channels_last" : "channels_first";
}

interface LoadedParts {
  readonly name: string;
  readonly description: ModelDescription;
  readonly inputs: readonly DescribedInput[];
  readonly runtime: OnnxRuntime;
  readonly session: InferenceSession;
  readonly batchSize: number;
}

class LoadedModel implements OnnxSession {
  readonly name: string;
  readonly description: ModelDescription;
  readonly inputs: readonly DescribedInput[];
  readonly outputNames: readonly string[];
  readonly inputShape: readonly number[];
  readonly #runtime: OnnxRuntime;
  readonly #session: InferenceSession;
  readonly #fixedBatch: number | undefined;
  readonly #batchSize: number;

  constructor({ name, description, inputs, runtime, session, batchSize }: LoadedParts) {
    this.name = name;
    this.description = description;
    this.inputs = inputs;
    this.outputNames = session.outputNames;
    this.inputShape = inputs[0]!.shape;
    this.#runtime = runtime;
    this.#session = session;
    this.#fixedBatch = inputs.find((input) => input.batch !== undefined)?.batch;
    this.#batchSize = this.#fixedBatch ?? batchSize;
  }

  async run(batch: Float32Array, count: number): Promise<Float32Array> {
    const [input, ...others] = this.inputs;
    if (others.length > 0) {
      const names = this.inputs.map((each) => `"${each.name}"`).join(", ");
      throw this.#refuse(`takes ${this.inputs.length} inputs (${names}), but was given one`);
    }
    const first = this.outputNames[0]!;
    return (await this.#runChunks({ [input!.name]: batch }, count, [first]))[first]!;
  }

  runAll(
    batch: Readonly<Record<string, Float32Array>>,
    count: number,
  ): Promise<Readonly<Record<string, Float32Array>>> {
    return this.#runChunks(batch, count, this.outputNames);
  }

  async runInOrder(batch: readonly Float32Array[], count: number): Promise<readonly Float32Array[]> {
    const named = Object.fromEntries(batch.map((data, index) => [this.inputs[index]?.name ?? "", data]));
    const results = await this.runAll(named, count);
    return this.outputNames.map((name) => results[name]!);
  }

  async dispose(): Promise<void> {
    await this.#session.release();
  }

  async #runChunks(
    batch: Readonly<Record<string, Float32Array>>,
    count: number,
    wanted: readonly string[],
  ): Promise<Readonly<Record<string, Float32Array>>> {
    for (const input of this.inputs) this.#checkSize(input, batch[input.name], count);
    const results = new Map<string, Float32Array>();
    for (let start = 0; start < count; start += this.#batchSize) {
      const size = Math.min(this.#batchSize, count - start);
      const outputs = await this.#runChunk(batch, start, size, wanted);
      for (const [name, data] of outputs) {
        const width = data.length / (this.#fixedBatch ?? size);
        if (!Number.isInteger(width))
          throw this.#refuse(`gives ${data.length} numbers as "${name}" for ${size} examples`);
        let result = results.get(name);
        if (result === undefined) results.set(name, (result = new Float32Array(count * width)));
        result.set(data.subarray(0, size * width), start * width);
      }
    }
    return Object.fromEntries(wanted.map((name) => [name, results.get(name) ?? new Float32Array(0)]));
  }

  async #runChunk(
    batch: Readonly<Record<string, Float32Array>>,
    start: number,
    size: number,
    wanted: readonly string[],
  ): Promise<readonly (readonly [name: string, data: Float32Array])[]> {
    const feeds: Record<string, InferenceSession.OnnxValueMapType[string]> = {};
    const rows = this.#fixedBatch ?? size;
    for (const { name, shape, layout } of this.inputs) {
      const width = elementCount(shape);
      const part = batch[name]!.subarray(start * width, (start + size) * width);
      const whole = rows === size ? part : padRows(part, rows * width);
      const given = [rows, ...shape];
      const standing = layoutOf(layout, given.length);
      const data = toMemory(whole, given, standing);
      feeds[name] = new this.#runtime.Tensor("float32", data, physicalShape(standing, given) as number[]);
    }
    const outputs = await this.#fetch(feeds, wanted);
    return wanted.map((name) => [name, this.#outputData(name, outputs[name]!)] as const);
  }

  async #fetch(
    feeds: InferenceSession.FeedsType,
    wanted: readonly string[],
  ): Promise<InferenceSession.OnnxValueMapType> {
    try {
      return await this.#session.run(feeds, [...wanted]);
    } catch (cause) {
      throw new InputError(`${this.name} failed while it ran: ${messageOf(cause)}`, {
        place: { file: this.name },
        cause,
      });
    }
  }

  #outputData(name: string, value: InferenceSession.OnnxValueMapType[string]): Float32Array {
    if (value.type !== "float32")
      throw this.#refuse(`gives ${value.type} as "${name}"; only float32 is supported`);
    const data = value.data as Float32Array;
    const [rows = 1, channels = 1, ...cells] = value.dims;
    if (cells.length === 0 || this.inputs[0]!.layout === "channels_last") return data;
    return toLogical(data, [rows, ...cells, channels], channelsFirst(value.dims.length));
  }

  #checkSize({ name, shape }: SessionInput, data: Float32Array | undefined, count: number): void {
    if (data === undefined) throw this.#refuse(`was not given its input "${name}"`);
    const width = elementCount(shape);
    if (data.length === count * width) return;
    throw this.#refuse(
      `takes ${shape.join("x")} = ${width} numbers an example as "${name}", but got ${data.length} numbers for ${count} ${count === 1 ? "example" : "examples"}`,
    );
  }

  #refuse(reason: string): InputError {
    return new InputError(`${this.name} ${reason}`, { place: { file: this.name } });
  }
}

function layoutOf(layout: DataLayout, rank: number): Layout {
  return layout === "channels_first" ? channelsFirst(rank) : natural(rank);
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** More rows of zeros, for a model whose batch has one size. */
function padRows(data: Float32Array, length: number): Float32Array {
  const padded = new Float32Array(length);
  padded.set(data);
  return padded;
}
