/** How the layout of inputs and outputs is called in files and options. */
export type DataLayout = "channels_first" | "channels_last";

/** What a host does to raw pixels before it hands them to the model. */
export interface Preprocessing {
  /** Numbers of the model are raw numbers times `scale` plus `offset`. */
  readonly scale: number;
  readonly offset: number;
  readonly colorOrder: "gray" | "rgb" | "rgba";
}

/** What a .onnx file says of the model beside its graph. Every part may be missing: files come from elsewhere too. */
export interface ModelDescription {
  /** Name and SHA-256 (hexadecimal) of the source text. */
  readonly sourceName?: string;
  readonly sourceHash?: string;
  readonly languageVersion?: number;
  readonly classNames?: readonly string[];
  readonly preprocessing?: Preprocessing;
  readonly layout?: DataLayout;
}

const keys = {
  sourceName: "cnn.source.name",
  sourceHash: "cnn.source.sha256",
  languageVersion: "cnn.language",
  classNames: "cnn.classes",
  preprocessing: "cnn.preprocessing",
  layout: "cnn.layout",
} as const satisfies Record<keyof ModelDescription, string>;

/** A description as a .onnx file's metadata, texts by key; lists and records are JSON. */
export function writeDescription(description: ModelDescription): Record<string, string> {
  const { sourceName, sourceHash, languageVersion, classNames, preprocessing, layout } = description;
  const texts: Record<keyof ModelDescription, string | undefined> = {
    sourceName,
    sourceHash,
    languageVersion: languageVersion?.toString(),
    classNames: classNames && JSON.stringify(classNames),
    preprocessing: preprocessing && JSON.stringify(preprocessing),
    layout,
  };
  const parts = Object.keys(keys) as (keyof ModelDescription)[];
  return Object.fromEntries(
    parts.flatMap((part) => (texts[part] === undefined ? [] : [[keys[part], texts[part]]])),
  );
}

/** The description in a file's metadata. What is malformed counts as missing: nothing in a file is trusted. */
export function readDescription(metadata: Readonly<Record<string, string>>): ModelDescription {
  const text = (part: keyof ModelDescription): string | undefined =>
    Object.hasOwn(metadata, keys[part]) ? metadata[keys[part]] : undefined;
  const language = Number(text("languageVersion") ?? Number.NaN);
  const layout = text("layout");
  const description: ModelDescription = {
    sourceName: text("sourceName"),
    sourceHash: text("sourceHash"),
    languageVersion: Number.isInteger(language) ? language : undefined,
    classNames: classNamesOf(parseJson(text("classNames"))),
    preprocessing: preprocessingOf(parseJson(text("preprocessing"))),
    layout: layout === "channels_first" || layout === "channels_last" ? layout : undefined,
  };
  return Object.fromEntries(Object.entries(description).filter(([, value]) => value !== undefined));
}

function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function classNamesOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((name) => typeof name === "string") ? value : undefined;
}

function preprocessingOf(value: unknown): Preprocessing | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { scale, offset = 0, colorOrder } = value as Partial<Record<keyof Preprocessing, unknown>>;
  if (!isNumber(scale) || !isNumber(offset)) return undefined;
  if (colorOrder !== "gray" && colorOrder !== "rgb" && colorOrder !== "rgba") return undefined;
  return { scale, offset, colorOrder };
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
