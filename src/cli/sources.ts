import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { InputError } from "../diagnostics/input-error.ts";
import { suggestName } from "../diagnostics/suggest.ts";
import { readLibrary } from "../files/library.ts";
import { SourceFile } from "../source/source-file.ts";
import { UsageError } from "./exit.ts";

const standardInputName = "<stdin>";
const commandLineName = "<command line>";

/** Where a command finds its program: a file, a folder, `-` for standard input, or `-e TEXT`. */
export interface SourceChoice {
  readonly paths: readonly string[];
  readonly expression: string | undefined;
  /** Which model of a file with several. */
  readonly model?: string | undefined;
}

/** A program, and which of its models is meant where it was asked for by its name. */
export interface ModelSource {
  readonly file: SourceFile;
  readonly modelName: string | undefined;
}

/** The one program a command works on: a model of the standard library goes by its name. @throws InputError, UsageError */
export function readSource(choice: SourceChoice): ModelSource {
  const [path] = choice.paths;
  if (choice.expression === undefined && path !== undefined && /^\w+$/.test(path) && !existsSync(path))
    return { ...findLibraryModel(path), ...(choice.model === undefined ? {} : { modelName: choice.model }) };
  const sources = readSources(choice);
  if (sources.length !== 1) throw new UsageError(`one model file at a time; ${sources.length} were given`);
  return { file: sources[0]!, modelName: choice.model };
}

function findLibraryModel(name: string): ModelSource {
  const models = readLibrary();
  const model = models.find((candidate) => candidate.name === name);
  if (model !== undefined) return { file: model.file, modelName: name };
  const near = suggestName(
    name,
    models.map((candidate) => candidate.name),
  );
  throw new InputError(`there is no file ${name}, and no model of that name in the standard library`, {
    help: near === undefined ? "`cnn list` shows the library's models" : `did you mean ${near}?`,
  });
}

/** Every program a command works on, once; a folder stands for all `.cnn` files below it. @throws InputError, UsageError */
export function readSources({ paths, expression }: SourceChoice): SourceFile[] {
  if (expression !== undefined) {
    if (paths.length > 0) throw new UsageError("give a file or -e TEXT, not both");
    return [new SourceFile(commandLineName, expression)];
  }
  if (paths.length === 0) {
    throw new UsageError(
      "no model given",
      "name a file, `-` for standard input, or -e 'conv 32 3x3 relu; …'",
    );
  }
  const known = new Set<string>();
  const isNew = (path: string): boolean =>
    !known.has(resolve(path)) && known.add(resolve(path)) !== undefined;
  return [...new Set(paths)].flatMap((path) =>
    path === "-" ? [readStandardInput()] : filesAt(path).filter(isNew).map(readFile),
  );
}

/** Whether a program came from a file, not from standard input or the command line. */
export function isFile({ name }: SourceFile): boolean {
  return name !== standardInputName && name !== commandLineName;
}

function readStandardInput(): SourceFile {
  return new SourceFile(standardInputName, decode(readFileSync(0), standardInputName));
}

function filesAt(path: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new InputError(`there is no file ${path}`, { place: { file: path } });
  if (!stats.isDirectory()) return [path];
  const found = readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".cnn") && !name.split(/[\\/]/).includes("node_modules"))
    .sort()
    .map((name) => join(path, name));
  if (found.length === 0) throw new InputError(`there is no .cnn file in ${path}`, { place: { file: path } });
  return found;
}

function readFile(path: string): SourceFile {
  try {
    return new SourceFile(path, decode(readFileSync(path), path));
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new InputError(`${path} cannot be read (${code})`, { place: { file: path }, cause });
  }
}

/** UTF-8 alone: a model file in another encoding would silently lose its names. */
function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InputError(`${name} is not UTF-8 text`, {
      place: { file: name },
      help: "save the file as UTF-8; is it a model file at all?",
      cause,
    });
  }
}
