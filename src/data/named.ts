// Data by name: `digits`, `fashion_mnist`, `mnist`, or a folder. Named files are looked for where the user says, where the
// system keeps them, and in the cache; what is nowhere is brought over the network, once.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { InputError } from "../diagnostics/input-error.ts";
import { suggestName } from "../diagnostics/suggest.ts";
import { availableMemory } from "../files/available-memory.ts";
import { makeFolder } from "../files/folder.ts";
import type { DataSource, Dataset } from "./dataset.ts";
import { drawDigits, type DigitOptions } from "./digits.ts";
import { downloadFile, type DownloadOptions } from "./download.ts";
import { findIdxFiles, idxParts, readIdxFolder } from "./idx-folder.ts";
import { findKnownDataset, knownDatasets, type KnownDataset } from "./known-datasets.ts";
import { checkParts, openOwnData, readPart } from "./own-data.ts";
import type { ReadOptions } from "./read-options.ts";
import { threadBytes } from "./threads.ts";

/** Where to look for data, and how to bring it. */
export interface LoadOptions extends DownloadOptions, Partial<ReadOptions> {
  /** A folder that holds the data, or a folder for each data set; looked into first. */
  readonly dataFolder?: string;
  /** What relative paths start from; the working folder by default. */
  readonly baseFolder?: string;
  /** `no` where nothing may be downloaded. */
  readonly download?: boolean;
  /** Bytes of memory that will be needed beside the data. */
  readonly reserved?: number;
  /** Whether data that comes in one part is taken whole, where a part is asked for. */
  readonly isWhole?: boolean;
  /** How `digits` are drawn. */
  readonly digits?: DigitOptions;
  /** CNN_DATA and XDG_CACHE_HOME are looked at; the process' own by default. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Where the system keeps data sets; Debian's folder by default. */
  readonly systemFolder?: string;
}

/**
 * Loads a data set by its name (`digits`, `fashion_mnist`, `mnist`) or what lies at a path: see `openOwnData`.
 *
 * @throws InputError if there is no such data set, it can neither be found nor downloaded, or a file of it is damaged
 */
export async function loadData(name: string, options: LoadOptions = {}): Promise<DataSource> {
  const known = findKnownDataset(name);
  if (known !== undefined) return loadNamed(known, options);
  const reading = readOptions(options);
  const data = openOwnData(pathOf(name, options), reading);
  const source = {
    train: await readPart(data, "train", reading),
    test: await readPart(data, "test", reading),
  };
  checkParts(source.train, source.test);
  return source;
}

/** Loads one part: of data of one's own the other part is not read. */
export async function loadPart(
  name: string,
  part: keyof DataSource,
  options: LoadOptions = {},
): Promise<Dataset> {
  const known = findKnownDataset(name);
  if (known !== undefined) return (await loadNamed(known, options))[part];
  const reading = readOptions(options);
  const data = openOwnData(pathOf(name, options), reading);
  const isWhole = options.isWhole === true && !data.parts.hasParts;
  return isWhole ? data.read("all") : readPart(data, part, reading);
}

function loadNamed(known: KnownDataset, options: LoadOptions): Promise<DataSource> {
  return known.files.length === 0
    ? Promise.resolve(drawDigits(options.digits))
    : loadKnownDataset(known, options);
}

function pathOf(name: string, { baseFolder = "." }: LoadOptions): string {
  if (name.trim() === "")
    throw new InputError("the name of the data is empty", {
      help: "say `data digits`, or the path of a folder or file",
    });
  const path = resolve(baseFolder, name);
  if (existsSync(path)) return path;
  throw /[/\\.]|^~/.test(name) ? nothingThere(name, path) : unknownName(name);
}

function readOptions(options: LoadOptions): ReadOptions {
  const environment = options.environment ?? process.env;
  return {
    ...options,
    memoryLimit: options.memoryLimit ?? memoryLimit(environment, options.reserved ?? 0),
    cacheFolder: options.cacheFolder ?? cacheFolder(environment),
  };
}

/** Bytes that examples may take: what CNN_DATA_MEMORY says in MB, else half of what is free, or what is left of it by others. */
function memoryLimit(environment: Readonly<Record<string, string | undefined>>, reserved: number): number {
  const said = Number(environment["CNN_DATA_MEMORY"] ?? "");
  if (said > 0) return said * 1e6;
  const available = availableMemory();
  return Math.max(0, Math.min(available / 2, available - reserved - 2 * threadBytes.decode));
}

/** Loads a data set that has files: found, or else downloaded into the cache. */
export async function loadKnownDataset(known: KnownDataset, options: LoadOptions = {}): Promise<DataSource> {
  const cache = join(cacheFolder(options.environment ?? process.env), known.name);
  const folders = [...searchFolders(known, options), cache];
  for (const folder of folders) {
    if (idxParts.every((part) => findIdxFiles(folder)[part] !== undefined)) {
      return readIdxFolder(folder, known.name, { classNames: known.classNames });
    }
  }
  const failures =
    options.download === false ? ["downloads are off"] : await fillCache(known, cache, options);
  if (failures !== undefined) throw unavailable(known, folders, failures, cache);
  return readIdxFolder(cache, known.name, { classNames: known.classNames });
}

/** The folder that downloaded data sets are kept in: `$XDG_CACHE_HOME/cnn-lang/datasets`, or `~/.cache/…`. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const configured = environment["XDG_CACHE_HOME"] ?? "";
  // The specification has relative paths ignored.
  return join(isAbsolute(configured) ? configured : join(homedir(), ".cache"), "cnn-lang", "datasets");
}

function searchFolders(known: KnownDataset, options: LoadOptions): string[] {
  const named = [options.dataFolder, (options.environment ?? process.env)["CNN_DATA"]];
  const roots = named.filter((root): root is string => root !== undefined && root !== "");
  const system = options.systemFolder ?? "/usr/share/datasets";
  return [
    ...roots.flatMap((root) => {
      const folder = resolve(options.baseFolder ?? ".", root);
      return [...known.folders.map((name) => join(folder, name)), folder];
    }),
    ...known.folders.slice(0, 1).map((name) => join(system, name)),
  ];
}

async function fillCache(
  known: KnownDataset,
  cache: string,
  options: LoadOptions,
): Promise<readonly string[] | undefined> {
  makeFolder(cache);
  const present = findIdxFiles(cache);
  for (const [index, file] of known.files.entries()) {
    if (present[idxParts[index]!] !== undefined) continue;
    const failures = await downloadFile(file, known.mirrors, join(cache, file.name), options);
    if (failures !== undefined) return failures;
  }
  return undefined;
}

function unavailable(
  known: KnownDataset,
  folders: readonly string[],
  failures: readonly string[],
  cache: string,
): InputError {
  const lines = [
    "looked in:",
    ...folders.map((folder) => `  ${folder}${missingParts(folder)}`),
    "downloads:",
    ...failures.map((failure) => `  ${failure}`),
    `bring ${known.files.map((file) => file.name).join(", ")} from ${known.mirrors[0]}`,
    `into ${cache}, or name their folder with CNN_DATA; \`digits\` needs no files`,
  ];
  return new InputError(`the data set ${known.name} is not on this machine and could not be downloaded`, {
    help: lines.join("\n"),
  });
}

/** What a folder that holds a part of the files lacks. */
function missingParts(folder: string): string {
  const found = findIdxFiles(folder);
  const missing = idxParts.filter((part) => found[part] === undefined);
  return missing.length === idxParts.length ? "" : ` (lacks ${missing.join(", ")})`;
}

function unknownName(name: string): InputError {
  const names = knownDatasets.map((known) => known.name);
  const near = suggestName(name, names);
  return new InputError(`there is no data set named ${name}`, {
    help: `${near === undefined ? "" : `did you mean ${near}? `}there are ${names.join(", ")}, or the path of a folder or file`,
  });
}

function nothingThere(name: string, path: string): InputError {
  if (/^[a-z]+:\/\//i.test(name))
    return new InputError(`${name} is an address: data is not brought over the network`, {
      help: "download it first, then name the folder or file",
    });
  return new InputError(`there is no file or folder ${path}`, {
    place: { file: path },
    help: "data is the name of a data set, a folder, or a file: see docs/data.md",
  });
}
