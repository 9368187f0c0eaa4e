import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("examples", import.meta.url));

/** The example programs of the language's description, and one that holds every form; all free of mistakes. */
export const examples: readonly { readonly name: string; readonly text: string }[] = readdirSync(folder)
  .filter((name) => name.endsWith(".cnn"))
  .map((name) => ({ name: name.replace(/\.cnn$/, ""), text: readFileSync(`${folder}/${name}`, "utf8") }));
