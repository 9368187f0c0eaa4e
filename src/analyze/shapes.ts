import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Dim, Shape } from "../graph/dim.ts";
import { atLeast, compare, known, product, shapeText, sum } from "../graph/dim.ts";
import { Conditions } from "../graph/dim-conditions.ts";
import type { LayerId, LayerNode } from "../graph/layer-graph.ts";
import type { LayerDefinition, InferredShape, Problem, WeightSpec } from "../layers/definition.ts";
import { listText } from "../layers/text.ts";
import { layerDefinition } from "../layers/index.ts";
import type { Trial } from "./other-inputs.ts";
import type { Finding } from "./problems.ts";
import { problemDiagnostics } from "./problems.ts";
import type { Sight } from "./receptive-field.ts";
import { sightOf } from "./receptive-field.ts";
import type { ShapedLayer } from "./shaped-graph.ts";

/** Earlier layers that are named where a condition contradicts theirs. */
const mostContradicted = 3;

/** A condition that a layer asks for. */
interface Asked {
  readonly layer: LayerId;
  readonly text: string;
}

/** Layers that are inferred again, of all trials together, to find a change that helps. */
const mostTrialLayers = 20_000;

/** What the inference keeps of a layer beside what everyone may see. */
export interface LayerRecord {
  readonly shaped: ShapedLayer;
  /** For each axis of the output, the layer that made it what it is. */
  readonly origins: readonly LayerId[];
  readonly sight: Sight | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Shapes, weights and costs, layer by layer as the graph grows: a layer can be asked about as soon as its inputs have been.
 * After a mistake a layer's shape is unknown, and what depends on it is not judged.
 */
export class ShapeInference {
  readonly #records = new Map<LayerId, LayerRecord>();
  readonly #conditions = new Conditions<Asked>();

  /** Everything that follows for a layer. Asking again is free, unless the node is another object than before. */
  infer(node: LayerNode): ShapedLayer {
    const sofar = this.#records.get(node.id);
    if (sofar?.shaped.node === node) return sofar.shaped;
    const record = this.#inferRecord(node);
    // Conditions are asked once: a layer whose node was replaced keeps what was found then.
    this.#records.set(node.id, sofar === undefined ? record : { ...record, problems: sofar.problems });
    return record.shaped;
  }

  /** A layer that has been inferred; undefined for one that has not. */
  record(id: LayerId): LayerRecord | undefined {
    return this.#records.get(id);
  }

  /** What was found so far, in the order of the layers. Mistakes of one line that runs several times are told once. */
  get diagnostics(): readonly Diagnostic[] {
    const findings: Finding[] = [];
    for (const { shaped, problems } of this.#records.values()) {
      for (const problem of problems) findings.push({ node: shaped.node, problem });
    }
    if (findings.length === 0) return [];
    return problemDiagnostics(findings, this.#records, this.#trial());
  }

  /** Infers everything anew with one layer changed, for as long as that stays cheap. */
  #trial(): Trial {
    let budget = mostTrialLayers;
    return (failing, replacement) => {
      budget -= this.#records.size;
      if (budget < 0) return false;
      const other = new ShapeInference();
      for (const { shaped, problems } of this.#records.values()) {
        const { node } = shaped;
        other.infer(node.id === replacement.id ? replacement : node);
        const isUnsound = hasError(other.#records.get(node.id)!.problems);
        if (isUnsound && (node.id === failing.id || !hasError(problems))) return false;
      }
      return true;
    };
  }

  #inferRecord(node: LayerNode): LayerRecord {
    const definition = layerDefinition(node.kind);
    const inputs = node.inputs.map((id) => this.#inputRecord(node, id));
    const inputShapes = inputs.map((record) => record.shaped.shape);
    const problems: Problem[] = [];
    const report = (problem: Problem) => {
      const judged = this.#judge(problem, node);
      if (judged !== undefined) problems.push(judged);
    };
    definition.checkArguments?.({ arguments: node.arguments, inputs: inputShapes, report });
    const known = inputShapes.every((shape) => shape !== undefined) ? inputShapes : undefined;
    let inferred: InferredShape | undefined;
    if (known !== undefined && !hasError(problems)) {
      const inputNames = inputs.map((record) => record.shaped.node.name);
      inferred = definition.inferShape({ inputs: known, arguments: node.arguments, inputNames, report });
      if (inferred !== undefined) this.#checkSize(inferred.shape, report);
    }
    if (inferred === undefined || known === undefined || hasError(problems)) {
      return unknownRecord(node, inputShapes, problems);
    }
    const weights = definition.weights(known, node.arguments, inferred.shape);
    if (!this.#checkSharedWeights(node, weights, report)) return unknownRecord(node, inputShapes, problems);
    const sight = sightOf(
      definition,
      node,
      known,
      inferred.shape,
      inputs.map((record) => record.sight),
    );
    return {
      shaped: shapedLayer(node, definition, known, inferred, weights, sight),
      origins: originsOf(node, inferred.shape, inputs),
      sight,
      problems,
    };
  }

  /** A condition that follows from those of earlier layers is no problem, one that contradicts them an error. */
  #judge(problem: Problem, { id }: LayerNode): Problem | undefined {
    const { condition } = problem;
    if (condition === undefined) return problem;
    const judgement = this.#conditions.require(condition.asks, { layer: id, text: condition.text });
    if (judgement.kind === "follows") return undefined;
    if (judgement.kind === "open") return problem;
    const contradicts = judgement.sources.slice(-mostContradicted);
    const earlier = listText(contradicts.map(({ text }) => `\`${text}\``));
    return {
      ...problem,
      code: "CNN219",
      severity: "error",
      message: `no sizes do for all lines: here \`${condition.text}\` is asked for, but before ${earlier}`,
      text: `this asks for ${condition.text}`,
      contradicts,
    };
  }

  #inputRecord(node: LayerNode, id: LayerId): LayerRecord {
    const record = this.#records.get(id);
    if (record === undefined)
      throw new Error(`layer ${node.id} (${node.name}) is inferred before its input ${id}`);
    return record;
  }

  /** More cells than a number holds exactly can be neither counted nor stored. */
  #checkSize(shape: Shape, report: (problem: Problem) => void): void {
    if (atLeast(product(shape), Number.MAX_SAFE_INTEGER) !== "yes") return;
    report({
      code: "CNN213",
      message: `a tensor of ${shapeText(shape)} has more cells than can be counted (2^53)`,
    });
  }

  #checkSharedWeights(
    node: LayerNode,
    weights: readonly WeightSpec[],
    report: (problem: Problem) => void,
  ): boolean {
    if (node.sharesWeightsOf === undefined) return true;
    const owner = this.#records.get(node.sharesWeightsOf)?.shaped;
    if (owner?.shape === undefined) return true;
    const misfit = weights.find((weight, index) => !isSameShape(weight.shape, owner.weights[index]?.shape));
    if (misfit === undefined) {
      this.#askForSharedShapes(weights, owner.weights, report);
      return true;
    }
    const shared = owner.weights.find((weight) => weight.name === misfit.name);
    report({
      code: "CNN212",
      message: `the ${misfit.name} that this use shares is ${shapeText(shared?.shape ?? [])}, but its input asks for ${shapeText(misfit.shape)}`,
      text: "this input does not fit the shared weights",
      causes: [{ input: 0 }],
      help: "bring the input to the shape of the first use, or declare a second instance",
    });
    return false;
  }

  /** Of open sizes of shared weights it is a condition that they are those of the first use. */
  #askForSharedShapes(
    weights: readonly WeightSpec[],
    owned: readonly WeightSpec[],
    report: (problem: Problem) => void,
  ): void {
    for (const [index, weight] of weights.entries()) {
      for (const [axis, left] of weight.shape.entries()) {
        const right = owned[index]!.shape[axis]!;
        if (compare(left, right) === "equal") continue;
        report({
          code: "CNN211",
          severity: "warning",
          message: `the ${weight.name} that this use shares is ${shapeText(owned[index]!.shape)}, and its input asks for ${shapeText(weight.shape)}`,
          causes: [{ input: 0 }],
          condition: {
            asks: { kind: "equal", left, right },
            text: `the inputs of both uses are alike: ${left.toString()} = ${right.toString()}`,
          },
        });
      }
    }
  }
}

function hasError(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity !== "warning");
}

function isSameShape(left: Shape, right: Shape | undefined): boolean {
  return left.length === right?.length && left.every((dim, axis) => compare(dim, right[axis]!) !== "unequal");
}

function unknownRecord(
  node: LayerNode,
  inputShapes: readonly (Shape | undefined)[],
  problems: readonly Problem[],
): LayerRecord {
  const nothing = known(0);
  return {
    shaped: {
      node,
      inputShapes,
      shape: undefined,
      derivations: [],
      pads: undefined,
      weights: [],
      parameters: nothing,
      trainableParameters: nothing,
      multiplyAccumulates: nothing,
      receptiveField: undefined,
    },
    origins: [],
    sight: undefined,
    problems,
  };
}

function shapedLayer(
  node: LayerNode,
  definition: LayerDefinition,
  inputShapes: readonly Shape[],
  { shape, derivations, pads }: InferredShape,
  weights: readonly WeightSpec[],
  sight: Sight | undefined,
): ShapedLayer {
  const parameters = countOf(weights);
  const trained = node.trainable ? weights.filter((weight) => weight.trainable) : [];
  return {
    node,
    inputShapes,
    shape,
    derivations,
    pads,
    weights,
    parameters,
    trainableParameters: trained.length === weights.length ? parameters : countOf(trained),
    multiplyAccumulates: definition.multiplyAccumulates(inputShapes, node.arguments, shape),
    receptiveField: sight?.field,
  };
}

function countOf(weights: readonly WeightSpec[]): Dim {
  return weights.length === 1
    ? product(weights[0]!.shape)
    : sum(weights.map((weight) => product(weight.shape)));
}

/**
 * An axis whose Dim object came in with an input is of that input's making; every other is the layer's own, and so is one
 * that the layer put in another place.
 */
function originsOf(node: LayerNode, shape: Shape, inputs: readonly LayerRecord[]): readonly LayerId[] {
  return shape.map((dim, place) => {
    for (const { shaped, origins } of inputs) {
      const before = shaped.shape ?? [];
      if (before.length === shape.length && before[place] === dim) return origins[place]!;
      const axis = before.indexOf(dim);
      if (axis >= 0) return before.length === shape.length ? node.id : origins[axis]!;
    }
    return node.id;
  });
}
