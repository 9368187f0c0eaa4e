import type { OnnxModel } from "../../onnx/onnx-graph.ts";
import { type Buffer, type FramePlan, planFrame } from "../../onnx/running/frame-plan.ts";
import { Arena, type Block, type Chunk, Pattern } from "./arena.ts";

/** What a session keeps, in bytes. */
export interface SessionMemory {
  readonly constants: number;
  /** What its arena has come to after the second run; later ones take no more. */
  readonly arena: number;
}

/** What a session of ONNX Runtime on the processor takes that has run a few times. */
export function sessionMemory({ graph }: OnnxModel): SessionMemory {
  const constants = graph.initializers.reduce(
    (sum, { data }) => sum + (ArrayBuffer.isView(data) ? data.byteLength : 0),
    0,
  );
  const plan = planFrame(graph);
  const arena = new Arena();
  free(arena, runEach(plan, arena));
  free(arena, runPlanned(plan, arena));
  return { constants, arena: arena.touched };
}

/** The first run: memory for each buffer by itself, when it is needed. @returns the memory of the results */
function runEach(plan: FramePlan, arena: Arena): readonly Chunk[] {
  return runSteps(plan, arena, () => true);
}

/** A later run: one block for all values but the results, of the size that the first run told. */
function runPlanned(plan: FramePlan, arena: Arena): readonly Chunk[] {
  const bytes = patternBytes(plan);
  const block = bytes === 0 ? [] : [arena.allocate(bytes)];
  const results = runSteps(plan, arena, ({ isResult }) => isResult);
  free(arena, block);
  return results;
}

function runSteps(plan: FramePlan, arena: Arena, isApart: (buffer: Buffer) => boolean): readonly Chunk[] {
  const chunks = new Map<Buffer, Chunk>();
  for (const { taken, body, freed } of plan.steps) {
    if (body !== undefined) runTurns(body, arena);
    for (const buffer of taken) if (isApart(buffer)) chunks.set(buffer, arena.allocate(buffer.bytes));
    for (const buffer of freed) {
      const chunk = chunks.get(buffer);
      if (chunk !== undefined) arena.free(chunk);
      chunks.delete(buffer);
    }
  }
  return [...chunks.values()];
}

/** Two turns of a loop; a turn's results are freed after the next, which takes them. */
function runTurns(body: FramePlan, arena: Arena): void {
  const first = runEach(body, arena);
  const second = runPlanned(body, arena);
  free(arena, first);
  free(arena, runPlanned(body, arena));
  free(arena, second);
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
