import { isActivationName } from "../layers/activations.ts";
import type { ArgumentSpec } from "../layers/definition.ts";
import { layerWords } from "../layers/index.ts";
import { nativeSpelling } from "../elaborate/layer-words.ts";
import { takesNumber } from "../elaborate/slots.ts";
import type { PythonCall, PythonValue } from "./values.ts";

/** Arguments by the names of this language; `undefined` for one that says nothing here. */
type Slots = readonly (string | undefined)[];

/** In which order PyTorch's classes take their arguments, and what else they are called. */
const torch: Readonly<
  Record<string, { readonly slots: Slots; readonly defaults?: Readonly<Record<string, string>> }>
> = {
  Conv: { slots: [undefined, "filters", "kernel", "stride", "pad", "dilation", "groups", "bias"] },
  ConvTranspose: { slots: [undefined, "filters", "kernel", "stride", "pad"] },
  Linear: { slots: [undefined, "units", "bias"] },
  MaxPool: { slots: ["size", "stride", "pad"] },
  AvgPool: { slots: ["size", "stride", "pad"] },
  BatchNorm: { slots: [undefined], defaults: { momentum: "0.9", epsilon: "1e-5" } },
  Dropout: { slots: ["rate"] },
  Dropout2d: { slots: ["rate"] },
  LeakyReLU: { slots: ["slope"], defaults: { slope: "0.01" } },
  Flatten: { slots: [] },
  ReLU: { slots: [undefined] },
  Sigmoid: { slots: [] },
  Tanh: { slots: [] },
  GELU: { slots: [] },
  Softmax: { slots: [undefined] },
  GLU: { slots: [undefined] },
  Threshold: { slots: ["threshold", "value"] },
};

const torchNames: Readonly<Record<string, string>> = {
  out_channels: "filters",
  kernel_size: "kernel",
  padding: "pad",
  out_features: "units",
  p: "rate",
  negative_slope: "slope",
  scale_factor: "size",
};

/** Arguments that say nothing here: the other library needs them, or they are its defaults. */
const silent: ReadonlySet<string> = new Set([
  ...["in_channels", "in_features", "num_features", "inplace", "dim", "padding_mode"],
  ...["input_shape", "input_dim", "name", "data_format", "dtype", "batch_size"],
]);

/** A layer of another library as a statement of this language; undefined where that is not certain. */
export function translateLayer(call: PythonCall): string | undefined {
  const name = call.callee.replace(/^.*\./, "");
  if (name === "Activation") return translateActivation(call);
  const spelling = nativeSpelling(name);
  const [word = "", ...modes] = spelling?.split(" ") ?? [];
  const layer = layerWords.get(word);
  if (layer === undefined || spelling === undefined) return undefined;
  const family = torchFamily(call.callee, name);
  const table = layer.arguments;
  const given = family === undefined ? kerasArguments(call, ordered(table)) : torchArguments(call, family);
  if (given === undefined) return undefined;
  const rank = Number(/([123])[dD]$/.exec(name)?.[1] ?? 0);
  const parts = [...given].map(([argument, value]) => {
    const own = ownName(argument, table);
    return own === undefined ? undefined : argumentText(own, table[own]!, value, rank);
  });
  if (parts.includes(undefined)) return undefined;
  const sorted = (parts as { text: string; order: number }[]).sort((one, other) => one.order - other.order);
  const label = call.named.get("name");
  const head = label?.kind === "text" && /^[a-z]\w*$/.test(label.text) ? `${label.text}: ` : "";
  return [`${head}${word}`, ...modes, ...sorted.map(({ text }) => text)].join(" ");
}

function translateActivation({ positional: [value], named }: PythonCall): string | undefined {
  if (value?.kind !== "text" || named.size > 0) return undefined;
  return isActivationName(value.text) || value.text === "glu" ? value.text : undefined;
}

/** The row of the table for a class of PyTorch's: `Conv` for `nn.Conv2d`; undefined for a class of Keras'. */
function torchFamily(callee: string, name: string): keyof typeof torch | undefined {
  const isTorch = /(?:^|\.)nn\./.test(callee) || /\dd$/.test(name) || name === "Linear";
  if (!isTorch) return undefined;
  return [name, name.replace(/[123]d$/, "")].find((each) => Object.hasOwn(torch, each)) ?? "";
}

/** Keras has a class for each mode, and else our order. */
function ordered(table: Readonly<Record<string, ArgumentSpec>>): readonly string[] {
  return Object.keys(table).filter((name) => table[name]!.role !== "mode");
}

function kerasArguments(
  { positional, named }: PythonCall,
  order: readonly string[],
): ReadonlyMap<string, PythonValue> | undefined {
  if (positional.length > order.length) return undefined;
  const given = new Map(positional.map((value, index) => [order[index]!, value]));
  for (const [name, value] of named) if (!silent.has(name)) given.set(name, value);
  return given;
}

function torchArguments(
  { positional, named }: PythonCall,
  family: keyof typeof torch,
): ReadonlyMap<string, PythonValue> | undefined {
  const row = torch[family];
  if (row === undefined || positional.length > row.slots.length) return undefined;
  const given = new Map<string, PythonValue>();
  for (const [index, value] of positional.entries()) {
    const slot = row.slots[index];
    if (slot !== undefined) given.set(slot, value);
  }
  for (const [name, value] of named) if (!silent.has(name)) given.set(torchNames[name] ?? name, value);
  for (const [name, text] of Object.entries(row.defaults ?? {})) {
    if (!given.has(name)) given.set(name, { kind: "number", text });
  }
  return given;
}

function ownName(name: string, table: Readonly<Record<string, ArgumentSpec>>): string | undefined {
  if (Object.hasOwn(table, name)) return name;
  return Object.entries(table).find(([, { aliases }]) => aliases.includes(name))?.[0];
}

/** An argument as it is written here, and its place: what stands alone comes first, in the order of the table. */
function argumentText(
  name: string,
  spec: ArgumentSpec,
  value: PythonValue,
  rank: number,
): { text: string; order: number } | undefined {
  const text = valueText(spec, value, name === "kernel" ? rank : 0);
  if (text === undefined) return undefined;
  const isWord = /^[a-z]/.test(text);
  const standsAlone = takesNumber(spec) && !isWord;
  const isBare = isWord && (spec.role === "activation" || spec.role === "mode" || spec.role === "padding");
  if (standsAlone) return { text, order: 0 };
  return isBare ? { text, order: spec.role === "activation" ? 2 : 1 } : { text: `${name}=${text}`, order: 3 };
}

/** A value as it is written here; a window of one number `rank` times, as readers of this language expect a kernel. */
function valueText({ role }: ArgumentSpec, value: PythonValue, rank: number): string | undefined {
  switch (value.kind) {
    case "number": {
      const isWindow = role === "window" && rank > 1;
      return isWindow ? Array.from({ length: rank }, () => value.text).join("x") : value.text;
    }
    case "text": {
      const word = value.text.toLowerCase();
      return /^\w+$/.test(word) ? word : undefined;
    }
    case "name":
      if (value.text === "True" || value.text === "False") return value.text === "True" ? "yes" : "no";
      return undefined;
    case "tuple":
    case "list": {
      const sizes = value.items.map((item) => (item.kind === "number" ? item.text : undefined));
      if (sizes.includes(undefined)) return undefined;
      const isAlike = role === "window" && rank === 0 && sizes.every((size) => size === sizes[0]);
      return isAlike ? sizes[0] : sizes.join("x");
    }
    case "call":
      return undefined;
  }
}

/** `input_shape=(28, 28, 1)`, `Input(shape=(28, 28, 1))`, `input_dim=784`: the shape as it is written here. */
export function translateShape(value: PythonValue | undefined): string | undefined {
  if (value?.kind === "number") return value.text;
  if (value?.kind !== "tuple" && value?.kind !== "list") return undefined;
  const sizes = value.items.map((item) =>
    item.kind === "number" ? item.text : item.kind === "name" && item.text === "None" ? "?" : undefined,
  );
  return sizes.length === 0 || sizes.includes(undefined) ? undefined : sizes.join("x");
}
