import { type InputView, viewsKey } from "../onnx/select/select.ts";
import { writeOnnx } from "../onnx/write.ts";
import type { SessionSource } from "./lane.ts";
import type { LaneGroup } from "./lane-group.ts";
import { mostSessions, RecentlyUsed } from "./recently-used.ts";
import type { StepModel, StepModels } from "./step-models.ts";

/**
 * Graphs come as they shall run: ONNX Runtime's basic rewrites still save a little in small ones, the others took time and found
 * nothing; its time grows with the square of the nodes.
 */
const mostNodesToOptimize = 3000;

/**
 * The sessions of a training, made in all lanes when they are first asked for and known by keys. The ones not asked for longest
 * make room for others.
 */
export class StepSessions {
  readonly #models: StepModels;
  readonly #lanes: LaneGroup;
  /** The keys of the sessions that the lanes have. */
  readonly #keys: RecentlyUsed<string>;

  constructor(models: StepModels, lanes: LaneGroup) {
    this.#models = models;
    this.#lanes = lanes;
    this.#keys = new RecentlyUsed(mostSessions, (key) => lanes.release(key));
  }

  /** A whole step on a batch. */
  step(size: number): Promise<string> {
    return this.#session(`step ${size}`, () => this.#models.step(size));
  }

  /**
   * The gradient of some chunks of equal size.
   *
   * @param isFirst whether there is no earlier gradient to add to
   */
  chunks(size: number, turns: number, isFirst: boolean): Promise<string> {
    const isApart = isFirst && turns === 1;
    const key = `${isApart ? "first " : ""}${turns > 1 ? `${turns} chunks` : "chunk"} of ${size}`;
    return this.#session(key, () => this.#models.chunks(size, turns, isFirst));
  }

  /** The update of each lane's slice; of everything at once where it cannot be cut. */
  update(): Promise<string> {
    return this.#session("update", () => this.#models.update());
  }

  evaluation(size: number): Promise<string> {
    return this.#session(`evaluation of ${size}`, () => this.#models.evaluation(size));
  }

  release(): Promise<void> {
    return this.#keys.releaseAll();
  }

  /** @param models one for all lanes, or one for each */
  #session(key: string, models: () => readonly StepModel[]): Promise<string> {
    return this.#keys.get(key, async () => {
      await this.#lanes.define(key, models().map(sourceOf));
      return key;
    });
  }
}

function sourceOf({ model, isPlanned }: StepModel): SessionSource {
  const views = model.metadata[viewsKey];
  return {
    bytes: writeOnnx(model),
    optimization: model.graph.nodes.length > mostNodesToOptimize ? "disabled" : "basic",
    isPlanned,
    views: views === undefined ? [] : (JSON.parse(views) as readonly InputView[]),
  };
}
