import { InputError } from "../../diagnostics/input-error.ts";
import { writeFileAtomically } from "../../files/atomic.ts";
import { foldGraph } from "../../report/diagram/fold.ts";
import { headOf, renderDiagram } from "../../report/diagram/svg.ts";
import { type ExitCode, UsageError } from "../exit.ts";
import type { ModelOptions } from "../compile-options.ts";
import { compileForCommand, reportFindings } from "../model.ts";
import { readSource } from "../sources.ts";
import { writeOut } from "../terminal.ts";

interface DiagramOptions extends ModelOptions {
  readonly expression?: string;
  readonly depth?: number;
}

/** `cnn diagram`: the network as an SVG picture; `-` as output writes it to standard output. */
export async function runDiagram(
  path: string | undefined,
  output: string | undefined,
  options: DiagramOptions,
): Promise<ExitCode> {
  if (output !== undefined && output !== "-" && !output.endsWith(".svg")) {
    throw new UsageError(`a diagram is an .svg file, not ${output}`);
  }
  const source = readSource({ paths: path === undefined ? [] : [path], expression: options.expression });
  const compilation = await compileForCommand(source, options);
  if (!reportFindings(compilation)) return 1;
  const { model } = compilation;
  if (model.layers.length === 0) throw new InputError("the model has no layers to draw");
  const folded = foldGraph(model, options.depth);
  const svg = renderDiagram(folded, headOf(model));
  if (output === "-") {
    writeOut(svg);
    return 0;
  }
  const target = output ?? `${model.graph.name}.svg`;
  await writeFileAtomically(target, [new TextEncoder().encode(svg)]);
  writeOut(`${target}: ${folded.boxes.length} boxes for ${model.layers.length} layers\n`);
  return 0;
}
