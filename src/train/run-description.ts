import { createHash } from "node:crypto";
import { arch, cpus, platform } from "node:os";
import type { CompileOptions } from "../compile.ts";
import type { ChosenEngine } from "../engine/choose.ts";
import type { Device } from "../engine/engine.ts";
import type { ImportedFile } from "../files/imports.ts";
import { version } from "../version.ts";
import type { TrainingJob } from "./job.ts";
import type { MeasuredOutput } from "./measured-outputs.ts";
import type { PreparedRun } from "./prepare.ts";
import type { SettingOverrides } from "./settings/overrides.ts";
import type { TrainSettings } from "./settings/table.ts";

/** What a run is made of, exactly enough to go on with it, to use what it learned, and to repeat it. */
export interface RunDescription {
  readonly format: 1;
  readonly model: string;
  /** The program's text, with the files that it uses, and the SHA-256 of all of them. */
  readonly source: {
    readonly name: string;
    readonly text: string;
    readonly imports: readonly ImportedFile[];
    readonly sha256: string;
  };
  /** Input shapes and parameters as they were given on the command line. */
  readonly compile: Pick<CompileOptions, "inputs" | "parameters" | "modelName">;
  readonly inputShape: readonly number[];
  readonly classNames: readonly string[];
  /** What outputs give, where that is not the class of each example. */
  readonly outputs?: readonly MeasuredOutput[] | undefined;
  /** What a pixel is multiplied by before the model sees it. */
  readonly pixelScale: number;
  /** The data's name, and what identifies its contents. */
  readonly data: { readonly name: string; readonly source: string };
  /** The run or file whose weights it began with, as the command named it. */
  readonly from?: string | undefined;
  /** Files of weights that the run began with, and their SHA-256. */
  readonly startedFrom: readonly { readonly file: string; readonly sha256: string }[];
  readonly settings: TrainSettings;
  /** What the command line said in place of the file. */
  readonly overrides: SettingOverrides;
  /** The words after `cnn`; empty for a run that another program began. */
  readonly command: readonly string[];
  readonly dataFolder?: string | undefined;
  /** Parts of a run that went on in another way than it had begun, in their order. */
  readonly earlier?: readonly EarlierPart[];
  /** When the run began, in ISO 8601. */
  readonly startedAt: string;
  readonly made: Making;
}

/** How a run was made up to one of its steps. */
export interface EarlierPart extends Pick<RunDescription, "settings" | "overrides" | "made"> {
  /** Of the whole run, at the end of this part. */
  readonly steps: number;
}

/** What a run was made with: with the same of all these, the same program and data give the same weights, bit for bit. */
export interface Making {
  readonly cnn: string;
  readonly node: string;
  /** `ONNX Runtime 1.30, cpu, 2 threads`. */
  readonly engine: string;
  readonly engineName: ChosenEngine["name"];
  readonly threads: number;
  readonly device: Device;
  readonly machine: string;
}

/** What this process makes runs with. */
export function describeMaking(
  engine: string,
  asked: Pick<Making, "engineName" | "threads" | "device">,
): Making {
  const machine = `${platform()} ${arch()}, ${cpus()[0]?.model.trim() ?? "unknown processor"}`;
  return { cnn: version, node: process.versions.node, engine, ...asked, machine };
}

export function describeRun(
  job: TrainingJob,
  run: PreparedRun,
  begun: Pick<RunDescription, "startedAt" | "startedFrom" | "made" | "earlier">,
): RunDescription {
  const { name, text } = job.source;
  const { graph } = run.model;
  return {
    format: 1,
    model: graph.name,
    source: { name, text, imports: run.imports, sha256: hashSource(text, run.imports) },
    compile: job.compile ?? {},
    inputShape: run.model.layer(graph.inputs[0]!).shape!.map((dim) => dim.value!),
    classNames: run.train.classNames,
    outputs: run.outputs,
    pixelScale: run.scale,
    data: { name: run.settings.data, source: run.dataSource },
    settings: run.settings,
    overrides: job.overrides ?? {},
    command: job.command ?? [],
    dataFolder: job.dataFolder,
    from: job.from,
    ...begun,
  };
}

/** Of a program alone it is the hash of its file. */
function hashSource(text: string, imports: readonly ImportedFile[]): string {
  const hash = createHash("sha256").update(text);
  for (const file of imports) hash.update(`\0${file.target}\0`).update(file.text);
  return hash.digest("hex");
}

/** Whether what was read from a file has the parts of a description. */
export function isRunDescription(value: Partial<RunDescription> | null): value is RunDescription {
  return (
    value?.format === 1 &&
    typeof value.source?.text === "string" &&
    Array.isArray(value.source.imports) &&
    Array.isArray(value.inputShape) &&
    Array.isArray(value.classNames) &&
    Array.isArray(value.command) &&
    typeof value.settings === "object" &&
    typeof value.made?.engine === "string"
  );
}
