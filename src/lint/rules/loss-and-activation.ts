import type { Fix } from "../../diagnostics/diagnostic.ts";
import type { Setting } from "../../graph/layer-graph.ts";
import type { Span } from "../../source/source-file.ts";
import { setActivation } from "../changes.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";
import { type LastLayer, lastLayerOf, type SettingValue, trainingOf } from "../training.ts";

/** The last activations that each loss is made for; a linear end gives logits, or any number. */
const fitting: Readonly<Record<string, readonly string[]>> = {
  cross_entropy: ["softmax", "linear", "log_softmax"],
  binary_cross_entropy: ["sigmoid", "linear"],
};

/**
 * A loss that does not go with the last activation: cross-entropy after relu, tanh or sigmoids, binary cross-entropy or
 * squared differences after softmax, cross-entropy over one unit; without a named loss, an end that no loss of classes fits.
 */
export function* checkLoss(network: Network): Iterable<Finding> {
  const training = trainingOf(network);
  const last = lastLayerOf(network);
  if (training === undefined || last?.activation === undefined) return;
  const said = training.first("loss");
  const place = activationSpan(last);
  if (said === undefined) {
    const fits = [...fitting["cross_entropy"]!, ...fitting["binary_cross_entropy"]!].includes(
      last.activation,
    );
    if (fits) return;
    yield {
      at: place,
      message: `the model ends in ${last.activation}, which no loss of classes fits`,
      labels: [{ span: training.span, text: "without a `loss` this is cross-entropy" }],
      help: "end in softmax (one class of several), in sigmoid (yes or no), or name the loss: `loss mse`",
      fix: lastActivation(last),
    };
    return;
  }
  const mistake = misfit(String(said.value), last, said);
  if (mistake === undefined) return;
  yield { at: said.span, labels: [{ span: place, text: "the model's end" }], ...mistake };
}

type Misfit = Pick<Finding, "message" | "help" | "fix" | "text">;

/** What is wrong with a loss of this name at its output, where what the program says for it is another word. */
export function misfitOfLoss(
  loss: string,
  { positional, named }: Setting,
  network: Network,
): Misfit | undefined {
  const last = lastLayerOf(network, named["output"]?.value);
  const [said] = positional;
  return last?.activation === undefined || said === undefined ? undefined : misfit(loss, last, said);
}

function misfit(loss: string, last: LastLayer, said: SettingValue): Misfit | undefined {
  const { activation = "linear", units } = last;
  if (loss === "cross_entropy" && units === 1) {
    return {
      message: "cross-entropy over one unit is always 0",
      help: "for a question of yes or no: `loss binary_cross_entropy` and a last `sigmoid`",
      fix: setLoss(said, "binary_cross_entropy"),
    };
  }
  if (loss === "mse" && activation === "softmax") {
    return {
      message: "squared differences of probabilities hardly move a softmax that is wrong and sure of it",
      help: "classes are learned with `loss cross_entropy`",
      fix: setLoss(said, "cross_entropy"),
    };
  }
  const fits = fitting[loss];
  if (fits === undefined || fits.includes(activation)) return undefined;
  if (loss === "binary_cross_entropy" && activation === "softmax") {
    return {
      message:
        "binary cross-entropy after softmax: the classes exclude each other, but the loss takes each by itself",
      help: "one class of several: `loss cross_entropy`; any number of them: a last `sigmoid`",
      fix: setLoss(said, "cross_entropy"),
    };
  }
  if (loss === "cross_entropy" && activation === "sigmoid") {
    return {
      message:
        "cross-entropy after sigmoid: the loss is over classes that exclude each other, but each is told by itself",
      help: "one class of several: a last `softmax`; any number of them: `loss binary_cross_entropy`",
      fix: lastActivation(last),
    };
  }
  return {
    message: `${loss} needs numbers of any size or probabilities, but the model ends in ${activation}`,
    help: `end in \`${fits[0]!}\``,
    fix: lastActivation(last, fits[0]),
  };
}

/** softmax over several units, sigmoid over one. */
function lastActivation(
  { layer, units }: LastLayer,
  activation = units === 1 ? "sigmoid" : "softmax",
): Fix | undefined {
  return setActivation(layer, activation, `end in \`${activation}\``);
}

function setLoss({ span }: SettingValue, loss: string): Fix {
  return { title: `use \`${loss}\``, edits: [{ span, text: loss }] };
}

function activationSpan({ layer: { node } }: LastLayer): Span {
  return node.argumentSpans["activation"] ?? node.span;
}
