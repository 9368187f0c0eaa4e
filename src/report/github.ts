import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { FileNaming } from "./sarif.ts";

/**
 * A finding as a workflow command of GitHub Actions, which shows it at its line in a pull request:
 * `::error file=model.cnn,line=7,col=1,endLine=7,endColumn=10,title=CNN204::…`. Columns count from 1, the last included.
 */
export function renderWorkflowCommand(diagnostic: Diagnostic, nameOf: FileNaming): string {
  const { severity, code, message, primary, help } = diagnostic;
  const { file, start, end } = primary.span;
  const from = file.position(start);
  const to = file.position(Math.max(start, end - 1));
  const properties = {
    file: nameOf(file).replaceAll("\\", "/"),
    line: from.line,
    col: from.column,
    endLine: to.line,
    endColumn: to.column,
    title: code,
  };
  const said = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  const text = help === undefined ? message : `${message}\nhelp: ${help}`;
  return `::${severity} ${said.join(",")}::${escapeData(text)}`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
