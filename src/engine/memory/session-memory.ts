import type { OnnxModel } from "../../onnx/onnx-graph.ts";
import { type Buffer, type FramePlan, planFrame } from "../../onnx/running/frame-plan.ts";
import { Arena, type Block, type Chunk, Pattern } from "./arena.ts";

/** What a session keeps, in bytes. */
export interface SessionMemory {
  readonly constants: number;
  /** What its arena has come to after the second run; later ones take no more. */
  readonly arena: number;
}

/**
 * What a session of ONNX Runtime on the processor takes that has run a few times.
 *
 * @param isPlanned whether ONNX Runtime plans the memory of later runs by the first
 */
export function sessionMemory({ graph }: OnnxModel, isPlanned: boolean): SessionMemory {
  const constants = graph.initializers.reduce(
    (sum, { data }) => sum + (ArrayBuffer.isView(data) ? data.byteLength : 0),
    0,
  );
  const plan = planFrame(graph);
  const runs = new Runs(isPlanned);
  free(runs.arena, runs.first(plan));
  free(runs.arena, runs.later(plan));
  return { constants, arena: runs.arena.touched };
}

/** Runs of a session's graphs, which take memory from its arena. Each gives the memory of its results. */
class Runs {
  readonly arena = new Arena();
  readonly #isPlanned: boolean;

  constructor(isPlanned: boolean) {
    this.#isPlanned = isPlanned;
  }

  /** Memory for each buffer by itself, when it is needed. */
  first(plan: FramePlan): readonly Chunk[] {
    return this.#steps(plan, () => true);
  }

  /** As the first one, or one block for all values but the results, of the size that the first run told. */
  later(plan: FramePlan): readonly Chunk[] {
    if (!this.#isPlanned) return this.first(plan);
    const bytes = patternBytes(plan);
    const block = bytes === 0 ? [] : [this.arena.allocate(bytes)];
    const results = this.#steps(plan, ({ isResult }) => isResult);
    free(this.arena, block);
    return results;
  }

  #steps(plan: FramePlan, isApart: (buffer: Buffer) => boolean): readonly Chunk[] {
    const chunks = new Map<Buffer, Chunk>();
    for (const { taken, body, freed } of plan.steps) {
      if (body !== undefined) this.#turns(body);
      for (const buffer of taken) if (isApart(buffer)) chunks.set(buffer, this.arena.allocate(buffer.bytes));
      for (const buffer of freed) {
        const chunk = chunks.get(buffer);
        if (chunk !== undefined) this.arena.free(chunk);
        chunks.delete(buffer);
      }
    }
    return [...chunks.values()];
  }

  /** Two turns of a loop; a turn's results are freed after the next, which takes them. */
  #turns(body: FramePlan): void {
    const first = this.first(body);
    const second = this.later(body);
    free(this.arena, first);
    free(this.arena, this.later(body));
    free(this.arena, second);
  }
}

function free(arena: Arena, chunks: readonly Chunk[]): void {
  for (const chunk of chunks) arena.free(chunk);
}

function patternBytes({ steps }: FramePlan): number {
  const pattern = new Pattern();
  const blocks = new Map<Buffer, Block>();
  for (const { taken, freed } of steps) {
    for (const buffer of taken) if (!buffer.isResult) blocks.set(buffer, pattern.allocate(buffer.bytes));
    for (const buffer of freed) pattern.free(blocks.get(buffer)!);
  }
  return pattern.bytes;
}
