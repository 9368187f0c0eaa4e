import { compile } from "../../compile.ts";
import { readImport } from "../../files/imports.ts";
import { readLibrary } from "../../files/library.ts";
import { formatMagnitude, formatShape } from "../../report/numbers.ts";
import { renderTable } from "../../report/table.ts";
import type { ExitCode } from "../exit.ts";
import { terminalWidth, writeOut } from "../terminal.ts";

interface ListedModel {
  readonly name: string;
  readonly file: string;
  readonly inputs: readonly string[];
  readonly parameters: string | number;
  readonly multiplyAccumulates: string | number;
}

/** `cnn list`: the models of the standard library with their cost. */
export function runList(options: { readonly format: string }): ExitCode {
  const models = readLibrary().map(({ name, file }): ListedModel => {
    const { model } = compile(file, { modelName: name, readImport });
    const { parameters, multiplyAccumulates } = model.totals;
    return {
      name,
      file: file.name.replace(/^.*[\\/]/, ""),
      inputs: model.graph.inputs.map((id) => formatShape(model.layer(id).shape)),
      parameters: parameters.value ?? String(parameters),
      multiplyAccumulates: multiplyAccumulates.value ?? String(multiplyAccumulates),
    };
  });
  if (options.format === "json") {
    writeOut(`${JSON.stringify(models, undefined, 2)}\n`);
    return 0;
  }
  const short = (count: string | number): string =>
    typeof count === "number" ? formatMagnitude(count) : count;
  writeOut(
    renderTable(
      [
        { title: "Model", align: "left" },
        { title: "Input", align: "left", minimum: 8 },
        { title: "Parameters", align: "right" },
        { title: "MACs", align: "right" },
        { title: "File", align: "left", minimum: 8 },
      ],
      models.map((model) => [
        model.name,
        model.inputs.join(", "),
        short(model.parameters),
        short(model.multiplyAccumulates),
        model.file,
      ]),
      terminalWidth(),
    ),
  );
  return 0;
}
