import { catalogue, type DiagnosticCode } from "../diagnostics/catalogue.ts";
import type { Diagnostic, Fix, Label } from "../diagnostics/diagnostic.ts";
import { applicabilityOf } from "../diagnostics/json.ts";
import type { SourceFile, Span } from "../source/source-file.ts";
import { version } from "../version.ts";

/** A finding that a comment in the file allows. */
export interface AllowedFinding {
  readonly finding: Diagnostic;
  readonly reason: string;
}

/** Gives the name of a file as it is to stand in a report: relative to where the command runs. */
export type FileNaming = (file: SourceFile) => string;

/**
 * Findings as a SARIF log (OASIS Static Analysis Results Interchange Format 2.1.0), which code hosts and editors read. Columns
 * count UTF-16 units from 1; an end is the column after the last.
 */
export function sarifLog(
  diagnostics: readonly Diagnostic[],
  allowed: readonly AllowedFinding[],
  nameOf: FileNaming,
): object {
  const findings = [...diagnostics, ...allowed.map(({ finding }) => finding)];
  const codes = [...new Set(findings.map(({ code }) => code))].sort();
  const result = (finding: Diagnostic) => resultOf(finding, codes, nameOf);
  return {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "cnn", version, semanticVersion: version, rules: codes.map(ruleOf) } },
        columnKind: "utf16CodeUnits",
        results: [
          ...diagnostics.map(result),
          ...allowed.map(({ finding, reason }) => ({
            ...result(finding),
            suppressions: [{ kind: "inSource", ...(reason === "" ? {} : { justification: reason }) }],
          })),
        ],
      },
    ],
  };
}

function ruleOf(code: DiagnosticCode): object {
  return {
    id: code,
    shortDescription: { text: catalogue[code].title },
    help: { text: `cnn explain ${code}` },
  };
}

function resultOf(finding: Diagnostic, codes: readonly DiagnosticCode[], nameOf: FileNaming): object {
  const { code, severity, message, primary, labels, notes, help, fix } = finding;
  const sentences = [
    primary.text === "" ? message : `${message} (${primary.text})`,
    ...(primary.arithmetic === undefined ? [] : [primary.arithmetic]),
    ...notes,
    ...(help === undefined ? [] : [`help: ${help}`]),
  ];
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: severity,
    message: { text: sentences.join("\n") },
    locations: [{ physicalLocation: physicalLocation(primary.span, nameOf) }],
    ...(labels.length === 0
      ? {}
      : { relatedLocations: labels.map((label, id) => related(label, id, nameOf)) }),
    ...(fix === undefined ? {} : { fixes: [fixOf(fix, nameOf)] }),
  };
}

function related({ span, text, arithmetic = "" }: Label, id: number, nameOf: FileNaming): object {
  const said = [text, arithmetic].filter((part) => part !== "").join(": ");
  return {
    id,
    physicalLocation: physicalLocation(span, nameOf),
    ...(said === "" ? {} : { message: { text: said } }),
  };
}

function physicalLocation(span: Span, nameOf: FileNaming): object {
  return { artifactLocation: artifactOf(span.file, nameOf), region: regionOf(span) };
}

function artifactOf(file: SourceFile, nameOf: FileNaming): object {
  return { uri: fileUri(nameOf(file)) };
}

function regionOf({ file, start, end }: Span): object {
  const from = file.position(start);
  const to = file.position(end);
  return { startLine: from.line, startColumn: from.column, endLine: to.line, endColumn: to.column };
}

function fixOf(fix: Fix, nameOf: FileNaming): object {
  const { title, edits } = fix;
  const files = [...new Set(edits.map(({ span }) => span.file))];
  return {
    description: { text: title },
    artifactChanges: files.map((file) => ({
      artifactLocation: artifactOf(file, nameOf),
      replacements: edits
        .filter(({ span }) => span.file === file)
        .map(({ span, text }) => ({ deletedRegion: regionOf(span), insertedContent: { text } })),
    })),
    properties: { applicability: applicabilityOf(fix) },
  };
}

/** A path as a URI: relative as it is, absolute with `file://`; `<stdin>` and the like are escaped. */
function fileUri(path: string): string {
  const parts = path.replaceAll("\\", "/").split("/");
  const drive = /^[A-Za-z]:$/.test(parts[0]!) ? `/${parts.shift()!}` : undefined;
  const escaped = parts.map(encodeURIComponent).join("/");
  if (drive !== undefined) return `file://${drive}/${escaped}`;
  return escaped.startsWith("/") ? `file://${escaped}` : escaped;
}
