import { isObject, type JsonObject, objectsIn, textOr } from "../keras/json.ts";
import { readCalls, readReferences, type TensorReference } from "../keras/references.ts";

/**
 * A model.json in the words of Keras 2, which are all that TensorFlow.js 4.22 opens: the converter writes those of whichever Keras it finds.
 * Shapes of inputs have another name there, types are words, and a use of a layer is a list of the tensors that it takes.
 *
 * @param json what a converter wrote
 */
export function inWordsOfKeras2(json: string): string {
  const root = JSON.parse(json) as JsonObject;
  const topology = isObject(root["modelTopology"]) ? root["modelTopology"] : {};
  const model = isObject(topology["model_config"]) ? topology["model_config"] : topology;
  const name = isObject(model["config"]) ? textOr(model["config"]["name"], "") : "";
  const depthwise = new Set(namesOf("DepthwiseConv2D", model));
  const weightsManifest = renameWeights(root["weightsManifest"], name, depthwise);
  const models = ["Functional", "Model", "Sequential"].flatMap((className) => namesOf(className, model));
  const translation = new Translation(new Set(models));
  return JSON.stringify({ ...root, modelTopology: translation.apply(model), weightsManifest });
}

/** Keras 3 puts the model's name before that of each layer's weights, and has one word for every kernel. */
function renameWeights(manifest: unknown, model: string, depthwise: ReadonlySet<string>): unknown {
  return objectsIn(manifest).map((group) => ({
    ...group,
    weights: objectsIn(group["weights"]).map((weight) => {
      const given = textOr(weight["name"], "");
      const own = given.startsWith(`${model}/`) ? given.slice(model.length + 1) : given;
      const [layer] = own.split("/kernel");
      return { ...weight, name: depthwise.has(layer!) ? own.replace(/\/kernel$/, "/depthwise_kernel") : own };
    }),
  }));
}

/** The names of all layers of a class, those of models within models too. */
function namesOf(className: string, value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((each) => namesOf(className, each));
  if (!isObject(value)) return [];
  const { config } = value;
  const own = value["class_name"] === className && isObject(config) ? [textOr(config["name"], "")] : [];
  return [...own, ...Object.values(value).flatMap((each) => namesOf(className, each))];
}

/** Renames what is called or written otherwise; a model counts its own making as the first use of it, which Keras 3 does not. */
class Translation {
  readonly #models: ReadonlySet<string>;
  readonly #words: Readonly<Record<string, readonly [word: string, value: (given: unknown) => unknown]>> = {
    batch_shape: ["batch_input_shape", (given) => given],
    dtype: ["dtype", (given) => (isObject(given) ? "float32" : given)],
    input_layers: ["input_layers", (given) => readReferences(given).map(({ layer }) => [layer, 0, 0])],
    output_layers: ["output_layers", (given) => readReferences(given).map((each) => this.#reference(each))],
    inbound_nodes: [
      "inbound_nodes",
      (given) => readCalls(given).map((call) => call.map((each) => [...this.#reference(each), {}])),
    ],
  };

  constructor(models: ReadonlySet<string>) {
    this.#models = models;
  }

  apply(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.apply(each));
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => {
        const translated = Object.hasOwn(this.#words, key) ? this.#words[key] : undefined;
        return translated === undefined ? [key, this.apply(inner)] : [translated[0], translated[1](inner)];
      }),
    ) as unknown;
  }

  #reference({ layer, use, output }: TensorReference): readonly unknown[] {
    return [layer, this.#models.has(layer) ? use + 1 : use, output];
  }
}
