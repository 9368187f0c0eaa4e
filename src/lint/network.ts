import type { ShapedGraph, ShapedLayer } from "../analyze/shaped-graph.ts";
import type { LayerId } from "../graph/layer-graph.ts";
import type { LayerKind } from "../graph/layer-kind.ts";
import type { SourceFile } from "../source/source-file.ts";
import type { Program } from "../syntax/ast.ts";
import { activationOf } from "./layer-facts.ts";

/** How many classes a data set of this name has; undefined for one that is not known. */
export type ClassCount = (data: string) => number | undefined;

/** Steps that a walk along the layers takes at most, so that rules stay linear in the size of the model. */
const longestWalk = 64;

/** A model with what rules ask of it: who takes each tensor, and what leads straight to the outputs. */
export class Network {
  readonly model: ShapedGraph;
  readonly program: Program;
  readonly classesOf: ClassCount;
  readonly #consumers = new Map<LayerId, ShapedLayer[]>();
  readonly #outputs: ReadonlySet<LayerId>;
  readonly #pretrained: ReadonlySet<LayerId>;
  #usualActivation: string | undefined;

  constructor(model: ShapedGraph, program: Program, classesOf: ClassCount) {
    this.model = model;
    this.program = program;
    this.classesOf = classesOf;
    this.#outputs = new Set(model.graph.outputs.map(({ layer }) => layer));
    for (const layer of model.layers) {
      for (const input of new Set(layer.node.inputs)) {
        const consumers = this.#consumers.get(input);
        if (consumers === undefined) this.#consumers.set(input, [layer]);
        else consumers.push(layer);
      }
    }
    const pretrained = new Set<LayerId>();
    for (const { first, end } of model.graph.pretrained) {
      for (let id = first; id < end; id++) pretrained.add(id);
    }
    this.#pretrained = pretrained;
  }

  /** The file whose statements are judged; those of used files are judged when they are checked themselves. */
  get file(): SourceFile {
    return this.program.span.file;
  }

  get layers(): readonly ShapedLayer[] {
    return this.model.layers;
  }

  consumersOf({ node }: ShapedLayer): readonly ShapedLayer[] {
    return this.#consumers.get(node.id) ?? [];
  }

  isOutput({ node }: ShapedLayer): boolean {
    return this.#outputs.has(node.id);
  }

  /** The one layer that takes a tensor; undefined where there are several, or where the tensor is an output too. */
  onlyConsumer(layer: ShapedLayer): ShapedLayer | undefined {
    const consumers = this.consumersOf(layer);
    return consumers.length === 1 && !this.isOutput(layer) ? consumers[0] : undefined;
  }

  /** The layer that gives a layer's first input. */
  inputOf({ node }: ShapedLayer): ShapedLayer | undefined {
    const [input] = node.inputs;
    return input === undefined ? undefined : this.model.layer(input);
  }

  /** The first layer on the only way forward that is not one to pass through. */
  next(
    layer: ShapedLayer,
    through: ReadonlySet<LayerKind> | ((layer: ShapedLayer) => boolean),
  ): ShapedLayer | undefined {
    const passes =
      typeof through === "function" ? through : ({ node }: ShapedLayer) => through.has(node.kind);
    let next = this.onlyConsumer(layer);
    for (let step = 0; next !== undefined && passes(next); step++) {
      next = step < longestWalk ? this.onlyConsumer(next) : undefined;
    }
    return next;
  }

  /** The same backwards, along first inputs. */
  previous(layer: ShapedLayer, through: ReadonlySet<LayerKind>): ShapedLayer | undefined {
    let previous = this.inputOf(layer);
    for (let step = 0; previous !== undefined && through.has(previous.node.kind); step++) {
      previous = step < longestWalk ? this.inputOf(previous) : undefined;
    }
    return previous;
  }

  /** The layers that are outputs, or from which one way alone leads to an output, through layers of the given kinds. */
  leadingToOutput(through: ReadonlySet<LayerKind>): ReadonlySet<LayerId> {
    const leading = new Set<LayerId>();
    for (let index = this.layers.length - 1; index >= 0; index--) {
      const layer = this.layers[index]!;
      const next = this.onlyConsumer(layer);
      const leads = next !== undefined && through.has(next.node.kind) && leading.has(next.node.id);
      if (leads || (this.isOutput(layer) && this.consumersOf(layer).length === 0)) leading.add(layer.node.id);
    }
    return leading;
  }

  /** The activation that most layers have, those for the end of a model aside; relu where there is none. */
  get usualActivation(): string {
    this.#usualActivation ??= mostCommon(this.layers.map(activationOf).filter(isHiddenActivation)) ?? "relu";
    return this.#usualActivation;
  }

  /** Whether a layer's weights come from elsewhere and stay, so that its form is not the writer's to choose. */
  isGiven({ node }: ShapedLayer): boolean {
    return !node.trainable || this.#pretrained.has(node.sharesWeightsOf ?? node.id);
  }
}

const endings: ReadonlySet<string> = new Set([
  ...["linear", "prelu", "softmax", "log_softmax", "sigmoid", "log_sigmoid", "exponential"],
]);

function isHiddenActivation(name: string): boolean {
  return !endings.has(name);
}

function mostCommon(names: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0];
}
