import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Compilation, type CompileOptions, compile } from "../compile.ts";
import { renderDiagnostic } from "../diagnostics/render.ts";
import { SourceFile } from "../source/source-file.ts";
import { parseShapeOption, parseValueOption } from "./options.ts";
import { paletteFor, terminalWidth, writeNote } from "./terminal.ts";

/** The options that say what a program is compiled for. */
export interface ModelOptions {
  readonly expression?: string;
  readonly input?: readonly string[];
  readonly set?: readonly string[];
}

/** Compiles with what the command line says of inputs and parameters, and the files the program uses. @throws UsageError */
export function compileForCommand(file: SourceFile, options: ModelOptions): Compilation {
  return compile(file, compileOptions(options));
}

/** The compiler's options from the command line's words. @throws UsageError */
export function compileOptions(options: ModelOptions): CompileOptions {
  return {
    inputShapes: (options.input ?? []).map(parseShapeOption),
    parameters: new Map((options.set ?? []).map(parseValueOption)),
    readImport,
  };
}

/** A library's file by its name, or a file beside the one that uses it. */
function readImport(target: string, kind: "library" | "file", from: SourceFile): SourceFile | undefined {
  const path =
    kind === "library"
      ? fileURLToPath(new URL(`../../stdlib/${target}.cnn`, import.meta.url))
      : resolve(dirname(from.name), target);
  try {
    return new SourceFile(path, readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** Says on standard error what the compiler found; returns whether the model may be used. */
export function reportFindings({ diagnostics }: Compilation): boolean {
  const palette = paletteFor(process.stderr);
  for (const diagnostic of diagnostics) {
    writeNote(`${renderDiagnostic(diagnostic, { width: terminalWidth(), palette })}\n`);
  }
  return diagnostics.every(({ severity }) => severity !== "error");
}
