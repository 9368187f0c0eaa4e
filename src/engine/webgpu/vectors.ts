import { OnnxBuilder } from "../../onnx/builder.ts";
import { writeOnnx } from "../../onnx/write.ts";
import type { Numbers } from "../engine.ts";
import type { OnnxRuntime } from "../onnx-runtime.ts";
import { mostSessions, RecentlyUsed } from "../recently-used.ts";
import { type GpuSession, openOnGpu } from "./sessions.ts";

export type Tensor = InstanceType<OnnxRuntime["Tensor"]>;

/** Vectors in a GPU's memory, by name. */
export class GpuVectors {
  readonly #runtime: OnnxRuntime;
  readonly #vectors = new Map<string, Tensor>();
  readonly #copies = new RecentlyUsed<GpuSession>(mostSessions, ({ session }) => session.release());

  constructor(runtime: OnnxRuntime) {
    this.#runtime = runtime;
  }

  get(name: string): Tensor | undefined {
    return this.#vectors.get(name);
  }

  /** Puts a vector in the place of the one of its name, whose memory is given back. */
  set(name: string, vector: Tensor): void {
    this.#vectors.get(name)?.dispose();
    this.#vectors.set(name, vector);
  }

  async upload(name: string, data: Float32Array): Promise<void> {
    await this.uploadTable(name, data, [data.length]);
  }

  /** The same of any dimensions. */
  async uploadTable(name: string, data: Numbers, dims: readonly number[]): Promise<void> {
    const type = data instanceof Int32Array ? "int32" : "float32";
    const tensor = new this.#runtime.Tensor(type as "float32", data as Float32Array, dims);
    this.set(name, await this.#copy(tensor, "gpu"));
  }

  /** Reading a tensor in the GPU's memory directly would end the process (ONNX Runtime 1.30). */
  async download(name: string): Promise<Float32Array> {
    return (await this.#copy(this.#vectors.get(name)!, "host")).data as Float32Array;
  }

  /** Copies of vectors, which the caller owns. */
  async copies(names: readonly string[]): Promise<ReadonlyMap<string, Tensor>> {
    const copies = new Map<string, Tensor>();
    for (const name of names) copies.set(name, await this.#copy(this.#vectors.get(name)!, "gpu"));
    return copies;
  }

  async dispose(): Promise<void> {
    for (const vector of this.#vectors.values()) vector.dispose();
    this.#vectors.clear();
    await this.#copies.releaseAll();
  }

  async #copy(x: Tensor, to: "gpu" | "host"): Promise<Tensor> {
    const [type, dims] = [x.type as "float32" | "int32", x.dims];
    const { session } = await this.#copies.get(`${type} ${dims.join("x")} to the ${to}`, () => {
      const model = new OnnxBuilder("copy");
      const input = model.input("x", type, dims);
      model.output("y", model.node("Identity", [input], {}, { unique: true }), type, dims);
      return openOnGpu(this.#runtime, writeOnnx(model.finish()), ["y"], () => to === "host");
    });
    return (await session.run({ x }))["y"] as Tensor;
  }
}
