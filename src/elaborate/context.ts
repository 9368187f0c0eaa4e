import type { DiagnosticCode } from "../diagnostics/catalogue.ts";
import type { Diagnostic, Label } from "../diagnostics/diagnostic.ts";
import { DiagnosticSink } from "../diagnostics/diagnostic.ts";
import type { Dim, Shape } from "../graph/dim.ts";
import type {
  LayerId,
  LayerNode,
  PretrainedWeights,
  Requirement,
  Target,
  UsedFile,
  ScopeFrame,
  Section,
} from "../graph/layer-graph.ts";
import type { SourceFile, Span } from "../source/source-file.ts";
import type { BlockStatement, SharedStatement, Statement } from "../syntax/ast.ts";
import type { FileUnit, ModelDefinition } from "./files.ts";
import { LayerNames } from "./names.ts";
import type { ElaborateOptions } from "./options.ts";
import type { LayerRange, Scope, Tensor } from "./scope.ts";
import type { Value } from "./values.ts";

/** How much is carried out before the compiler refuses. */
export const limits = {
  /** Layers, or twice the statements of the program where those are more. */
  layers: 25_000,
  /** Statements carried out, those in empty loops and blocks included; or twenty times the program's. */
  steps: 200_000,
  /** Bodies and calls within one another. */
  depth: 200,
  /** Operations within one another in an expression. */
  expressionDepth: 400,
  diagnostics: 100,
} as const;

type Details = Parameters<DiagnosticSink["report"]>[3];

/** One run of a model's statements: that of the whole program, or of a model used as a statement. */
export interface ModelRun {
  readonly definition: ModelDefinition;
  readonly isMain: boolean;
  /** True where only mistakes are looked for and nothing is built. */
  readonly isDry: boolean;
  readonly inputs: LayerId[];
  readonly outputs: { readonly tensor: Tensor; readonly name: string; readonly span: Span }[];
  /** For a used model: what takes the place of its inputs. */
  readonly given: GivenInputs | undefined;
}

/** What stands for the inputs of a used model. */
export interface GivenInputs {
  readonly current: Tensor;
  readonly byName: ReadonlyMap<string, Tensor>;
  /** The statement that uses the model. */
  readonly call: Span;
}

/** A shape that `--input` gives, and whether an input took it. */
export interface EvaluatedInput {
  readonly name: string | undefined;
  readonly shape: Shape;
  readonly span: Span;
  isTaken: boolean;
  /** False where a name in the declared shape would become two numbers, which is reported. */
  agrees: boolean;
}

/** A later use of a shared instance, layer by layer. */
export interface Sharing {
  readonly owners: LayerRange;
  next: LayerId;
  readonly use: Span;
  readonly name: string;
}

/** The current tensor of a sequence of statements; `none` before any input. */
export interface Flow {
  current: Tensor | "none";
}

/** What stands around a statement while it is carried out. */
export interface Frame {
  readonly elaboration: Elaboration;
  readonly scope: Scope;
  readonly flow: Flow;
  readonly model: ModelRun;
  readonly unit: FileUnit;
  readonly path: readonly ScopeFrame[];
  /** What labelled and unlabelled layers' names begin with. */
  readonly labelPrefix: string;
  readonly modelPrefix: string;
  /** `file` and `model`: directly in a file or a model's braces, where inputs, outputs and sections may stand. */
  readonly level: "file" | "model" | "inner";
  /** In the braces of a merge: where its branches go. */
  readonly branches: Tensor[] | undefined;
  /** In later uses of shared instances: the layers of the first use, whose weights are shared; the innermost last. */
  readonly sharings: readonly Sharing[];
  readonly depth: number;
  /** The blocks, shared instances and models being called, the outermost first. */
  readonly calls: readonly CallInProgress[];
}

export interface CallInProgress {
  readonly declaration: Statement | ModelDefinition;
  readonly name: string;
  /** The call; undefined for the model that the program is for. */
  readonly span: Span | undefined;
}

/** Labels that say from where the blocks around a place are called, the innermost first; none outside of blocks. */
export function callLabels({ calls }: Frame): readonly Label[] {
  return calls
    .slice(-3)
    .reverse()
    .flatMap(({ span }) => (span === undefined ? [] : [{ span, text: "called from here" }]));
}

/** The state of one elaboration: the graph so far, what was found, and how much was carried out. */
export class Elaboration {
  readonly options: ElaborateOptions;
  readonly nodes: LayerNode[] = [];
  readonly #shapes: (Shape | undefined)[] = [];
  readonly frozen = new Map<LayerId, boolean>();
  readonly sections: Section[] = [];
  readonly requirements: Requirement[] = [];
  readonly targets: Target[] = [];
  readonly pretrained: PretrainedWeights[] = [];
  /** By the statement that names the file. */
  readonly uses = new Map<Statement, UsedFile>();
  readonly names: LayerNames;
  /** What `--input` says, evaluated. */
  readonly inputOverrides: EvaluatedInput[] = [];
  readonly units = new Map<string, FileUnit>();
  /** The blocks and shared instances that were called, and those that stand in the program itself. */
  readonly calledBlocks = new Set<Statement>();
  /** Models that were carried out as parts of others. */
  readonly calledModels = new Set<ModelDefinition>();
  readonly declaredBlocks = new Map<BlockStatement | SharedStatement, Frame>();
  readonly dimensions = new Map<string, Dim>();
  /** Settings that stand behind their section, which lacks its braces. */
  readonly settingsWithoutBraces = new Set<Statement>();
  /** The names in each circle of calls that was reported. */
  readonly circles = new Set<string>();
  readonly sink = new DiagnosticSink();
  /** True once a limit is passed: everything ends as soon as it can. */
  isStopped = false;
  /** True once nesting was found too deep, which is said once. */
  isTooDeep = false;
  /** Whether a `use` could not be followed, so that names of the library may be meant for known. */
  hasFailedUse = false;
  /** Layers' words that a block or model was to have for its name: what a statement of such a word means is not clear. */
  readonly misnamed = new Set<string>();
  inputIsImplied = false;
  expressionDepth = 0;
  #steps = 0;
  #instances = 0;
  readonly #told = new Set<string>();
  readonly #files = new Map<SourceFile, number>();

  readonly #mostLayers: number;
  readonly #mostSteps: number;

  /** `statements`: how many the program has; it may always have as many layers. */
  constructor(options: ElaborateOptions, labels: ReadonlySet<string>, statements: number) {
    this.options = options;
    this.#mostLayers = Math.max(limits.layers, 2 * statements);
    this.#mostSteps = Math.max(limits.steps, 20 * statements);
    this.names = new LayerNames(labels);
  }

  /** True where no more findings are taken, so that nothing need be looked up for them. */
  get isFull(): boolean {
    return this.sink.diagnostics.length >= limits.diagnostics;
  }

  /** Reports a mistake, once for each place however often the place runs, and no more than anyone reads. */
  report(code: DiagnosticCode, message: string, span: Span, details: Details = {}): void {
    if (this.isFull) return;
    const file = this.#files.get(span.file) ?? this.#files.size;
    this.#files.set(span.file, file);
    const key = `${code} ${file} ${span.start} ${span.end}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.sink.report(code, message, span, details);
  }

  /** Reports a mistake that a value causes: at the call's argument that it came from, the place itself as second label. */
  reportValue(code: DiagnosticCode, message: string, value: Value, span: Span, details: Details = {}): void {
    const { origin } = value;
    if (origin === undefined || origin.span === span) {
      this.report(code, message, span, details);
      return;
    }
    const { text, labels = [], fix: _, ...rest } = details;
    const inside: Label = { span, text: `here, in \`${origin.callee}\`` };
    this.report(code, message, origin.span, {
      ...rest,
      ...(text === undefined ? {} : { text }),
      labels: [inside, ...labels],
    });
  }

  add(diagnostics: readonly Diagnostic[]): void {
    for (const diagnostic of diagnostics) {
      if (!this.isFull) this.sink.add([diagnostic]);
    }
  }

  /** Appends a layer, whose id is their number so far; its shape is known from then on. Lost where there are too many. */
  addLayer(node: LayerNode): Tensor {
    if (this.nodes.length >= this.#mostLayers) {
      this.stop(`the model has more than ${this.#mostLayers.toLocaleString("en")} layers`, node.span);
      return "lost";
    }
    this.nodes.push(node);
    this.#shapes.push(this.options.shapeOf(node));
    return node.id;
  }

  /** The shape of a tensor; undefined where it is not known for a mistake's sake. */
  shapeOf(tensor: Tensor | "none"): Shape | undefined {
    return typeof tensor === "number" ? this.#shapes[tensor] : undefined;
  }

  /** The layers added since there were `first`. */
  rangeFrom(first: LayerId): LayerRange {
    return { first, end: this.nodes.length };
  }

  /** Counts a statement, or what costs as much as several; false once there are too many. */
  step(span: Span, cost = 1): boolean {
    this.#steps += cost;
    if (this.#steps > this.#mostSteps) {
      const most = this.#mostSteps.toLocaleString("en");
      this.stop(`the program takes more than ${most} steps to carry out`, span);
    }
    return !this.isStopped;
  }

  nextInstance(): number {
    this.#instances += 1;
    return this.#instances;
  }

  stop(message: string, span: Span): void {
    if (!this.isStopped) {
      this.report("CNN106", message, span, {
        help: "use smaller counts, or fewer calls within one another",
      });
    }
    this.isStopped = true;
  }
}
