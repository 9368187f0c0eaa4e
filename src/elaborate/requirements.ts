import type { Fix } from "../diagnostics/diagnostic.ts";
import { type ForeignNames, nativeName } from "../diagnostics/foreign-names.ts";
import { targetNames } from "../graph/layer-graph.ts";
import { listText } from "../layers/text.ts";
import { spanText } from "../source/source-file.ts";
import type { Identifier, RequireStatement, TargetStatement } from "../syntax/ast.ts";
import type { Elaboration, Frame } from "./context.ts";
import { didYouMean, replacement } from "./lookup.ts";
import { multiply, parseRational, toNumber, whole } from "./rational.ts";
import { shortened } from "./values.ts";

/** What a budget may be set for: parameters, operations, sizes in bytes, and what the last feature map sees. */
export const requirementQuantities = [
  ...(["params", "trainable_params", "macs", "size", "memory", "receptive_field"] as const),
] as const;

type Quantity = (typeof requirementQuantities)[number];
type Units = Readonly<Record<string, number>>;

const counts: Units = { K: 1e3, M: 1e6, G: 1e9, T: 1e12 };
const bytes: Units = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** The units of each quantity. */
const units: Readonly<Record<Quantity, Units>> = {
  params: counts,
  trainable_params: counts,
  macs: counts,
  size: bytes,
  memory: bytes,
  receptive_field: {},
};

/** What people write for units, by what is written here. */
const foreignUnits: ForeignNames = {
  K: ["thousand", "kparams", "kb", "kib"],
  M: ["million", "millions", "mio", "mparams", "mmac", "mmacs", "mflops", "mb", "mib"],
  G: ["billion", "b", "bn", "gmac", "gmacs", "gflops", "gb", "gib"],
  T: ["trillion", "tb"],
  KB: ["k", "kilobytes"],
  MB: ["m", "megabytes"],
  GB: ["g", "gigabytes"],
  B: ["bytes", "byte"],
};

/** What people call quantities. */
const foreignQuantities: ForeignNames = {
  params: ["parameters", "num_params", "total_params", "weights", "param_count"],
  trainable_params: ["trainable", "trainable_parameters", "trainable_weights"],
  macs: ["flops", "madds", "mult_adds", "ops", "operations", "compute", "gmacs", "mmacs"],
  size: ["model_size", "file_size", "disk", "bytes"],
  memory: ["ram", "vram", "mem"],
  receptive_field: ["field", "rf", "view"],
};

const foreignTargets: ForeignNames = {
  onnx: ["onnx_runtime", "ort", "cpu"],
  tfjs: ["tensorflowjs", "tensorflow", "browser", "node", "js", "web"],
  webgpu: ["gpu", "cuda"],
};

/** Evaluates `require params < 5M`. */
export function executeRequirement(statement: RequireStatement, { elaboration, model }: Frame): void {
  const { quantity, operator, limit, unit, span } = statement;
  const known = requirementQuantities.find((name) => name === quantity.name);
  if (known === undefined) {
    const isFlops = /flops/i.test(quantity.name);
    elaboration.report("CNN154", `there is no budget for \`${shortened(quantity.name)}\``, quantity.span, {
      help: `there are ${listText(requirementQuantities)}`,
      ...suggestWord(quantity, foreignQuantities, requirementQuantities),
      ...(isFlops
        ? { help: "`macs` counts multiply-accumulates, each of two floating-point operations" }
        : {}),
    });
    return;
  }
  const ofQuantity = units[known];
  if (unit !== undefined && !Object.hasOwn(ofQuantity, unit.name)) {
    reportUnit(known, unit, elaboration);
    return;
  }
  const number = parseRational(limit.text);
  const scaled = number && multiply(number, whole(unit === undefined ? 1 : ofQuantity[unit.name]!));
  if (scaled === undefined || typeof scaled === "string") {
    elaboration.report("CNN132", "this number is too large or too small to compute with", limit.span);
    return;
  }
  if (!model.isMain || model.isDry) return;
  const text = spanText({ ...limit.span, end: (unit ?? limit).span.end });
  elaboration.requirements.push({ quantity: quantity.name, operator, limit: toNumber(scaled), text, span });
}

function reportUnit(quantity: Quantity, unit: Identifier, elaboration: Elaboration): void {
  const known = Object.keys(units[quantity]);
  const said = unit.name.toLowerCase();
  const inCapitals = known.find((name) => name.toLowerCase() === said);
  const near = inCapitals ?? known.find((name) => foreignUnits[name]?.includes(said));
  elaboration.report("CNN154", `\`${quantity}\` has no unit \`${shortened(unit.name)}\``, unit.span, {
    help: known.length === 0 ? "it is a number of cells" : `it is counted in ${listText(known, "or")}`,
    ...(near === undefined ? {} : { fix: replacement(unit.span, near) }),
  });
}

/** What another library's word, or a misspelt one, was meant to be. */
function suggestWord(
  word: Identifier,
  foreign: ForeignNames,
  known: readonly string[],
): { readonly help?: string; readonly fix?: Fix } {
  const near = nativeName(foreign, word.name);
  if (near === undefined) return didYouMean(word, known);
  return { help: `here it is \`${near}\``, fix: replacement(word.span, near) };
}

/** Keeps the places of `require target webgpu`; whether the model can run there is for who knows them to say. */
export function executeTarget({ names }: TargetStatement, { elaboration, model }: Frame): void {
  for (const name of names) {
    const target = targetNames.find((each) => each === name.name);
    if (target === undefined) {
      elaboration.report("CNN157", `there is no target \`${shortened(name.name)}\``, name.span, {
        help: `there are ${listText(targetNames)}`,
        ...suggestWord(name, foreignTargets, targetNames),
      });
    } else if (model.isMain && !model.isDry) elaboration.targets.push({ name: target, span: name.span });
  }
}
