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
  const library = readLibraryModel(choice);
  if (library !== undefined) return { ...library, modelName: choice.model ?? library.modelName };
  const sources = readSources(choice);
  if (sources.length !== 1) throw new UsageError(`one model file at a time; ${sources.length} were given`);
  return { file: sources[0]!, modelName: choice.model };
}

/** A model of the standard library, where one is asked for by its name alone. @throws InputError where there is none of that name */
export function readLibraryModel({
  paths,
  expression,
}: Omit<SourceChoice, "model">): ModelSource | undefined {
  const [path, ...others] = paths;
  const isName = expression === undefined && others.length === 0 && path !== undefined && /^\w+$/.test(path);
  return isName && !existsSync(path) ? findLibraryModel(path) : undefined;
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

/** What could be read of the programs that a command works on, and why others could not. */
export interface ReadSources {
  readonly sources: readonly SourceFile[];
  readonly unread: readonly InputError[];
}

/** What an action gives, or nothing where it meets a mistake, which is kept. */
type Attempt = <Value>(read: () => Value) => Value[];

/** Every program a command works on, once. @throws InputError for the first that cannot be read, UsageError */
export function readSources(choice: SourceChoice): readonly SourceFile[] {
  const { sources, unread } = readAllSources(choice);
  if (unread.length > 0) throw unread[0]!;
  return sources;
}

/** The same for commands that go on beside a file that cannot be read; a folder stands for all `.cnn` files below it. @throws UsageError */
export function readAllSources({ paths, expression }: SourceChoice): ReadSources {
  if (expression !== undefined) {
    if (paths.length > 0) throw new UsageError("give a file or -e TEXT, not both");
    return { sources: [new SourceFile(commandLineName, expression)], unread: [] };
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
  const unread: InputError[] = [];
  const attempt: Attempt = (read) => {
    try {
      return [read()];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      unread.push(error);
      return [];
    }
  };
  const sources = [...new Set(paths)].flatMap((path) => {
    if (path === "-") return attempt(readStandardInput);
    const files = attempt(() => filesAt(path, attempt)).flat();
    return files.filter(isNew).flatMap((file) => attempt(() => readFile(file)));
  });
  return { sources, unread };
}

/** Whether a program came from a file, not from standard input or the command line. */
export function isFile({ name }: SourceFile): boolean {
  return name !== standardInputName && name !== commandLineName;
}

function readStandardInput(): SourceFile {
  return new SourceFile(standardInputName, decode(readFileSync(0), standardInputName));
}

function filesAt(path: string, attempt: Attempt): string[] {
  const stats = reading(path, () => statSync(path, { throwIfNoEntry: false }));
  if (stats === undefined) throw new InputError(`there is no file ${path}`, { place: { file: path } });
  if (!stats.isDirectory()) return [path];
  const found = programsBelow(path, attempt);
  if (found.length === 0) throw new InputError(`there is no .cnn file in ${path}`, { place: { file: path } });
  return found;
}

/** The `.cnn` files of a folder and those in it. Links to folders are not followed, since they may lead in a circle. */
function programsBelow(folder: string, attempt: Attempt): string[] {
  const found: string[] = [];
  const folders = [folder];
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    const here = at;
    const entries = attempt(() => reading(here, () => readdirSync(here, { withFileTypes: true }))).flat();
    for (const entry of entries) {
      const path = join(here, entry.name);
      if (entry.isDirectory()) {
        if (entry.name !== "node_modules") folders.push(path);
      } else if (entry.name.endsWith(".cnn") && !(entry.isSymbolicLink() && leadsToFolder(path)))
        found.push(path);
    }
  }
  return found.sort();
}

function leadsToFolder(link: string): boolean {
  try {
    return statSync(link).isDirectory();
  } catch {
    return false; // the file is missed when it is read
  }
}

function readFile(path: string): SourceFile {
  return new SourceFile(
    path,
    decode(
      reading(path, () => readFileSync(path)),
      path,
    ),
  );
}

/** Whatever the system has against reading a path, as a mistake of the call's. */
function reading<Value>(path: string, read: () => Value): Value {
  try {
    return read();
  } catch (cause) {
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
