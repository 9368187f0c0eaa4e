// What `cnn` runs first: a plain script, since Node needs longer to open a module than to check a model. Commands that only
// read a program are one more script with V8's compiled code beside it (scripts/build.mjs makes both); the others are modules.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Script } from "node:vm";

/** The commands that front.js holds; all others, and what is no command, go to the modules. */
const readingCommands = new Set(["check", "fmt", "summary", "explain"]);

const named = process.argv.slice(2).find((word) => !word.startsWith("-"));
if (named !== undefined && readingCommands.has(named)) runFront(join(__dirname, "front.js"));
else void import("../command/main.js" as string);

/** Code compiled by another version of Node is left aside by V8 itself. */
function runFront(path: string): void {
  const source = readFileSync(path, "utf8");
  const wrapped = `(function (exports, require, module, __filename, __dirname) {${source}\n})`;
  const script = new Script(wrapped, { filename: path, cachedData: compiledCode(path) });
  const run = script.runInThisContext() as (...given: unknown[]) => void;
  run({}, createRequire(path), {}, path, dirname(path));
  const target = process.env["CNN_COMPILED_CODE"];
  if (target === undefined) return;
  // The build's own call, which leaves what has been compiled by its end.
  process.once("exit", () => createRequire(path)("node:fs").writeFileSync(target, script.createCachedData()));
}

function compiledCode(path: string): Buffer | undefined {
  try {
    return readFileSync(`${path}.code`);
  } catch {
    return undefined;
  }
}
