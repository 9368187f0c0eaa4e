import type { Span } from "../source/source-file.ts";
import type { Diagnostic, Fix } from "./diagnostic.ts";

/** A place for programs: lines and columns from 1, columns and offsets in UTF-16 units. */
function placeOf(span: Span): object {
  const start = span.file.position(span.start);
  const end = span.file.position(span.end);
  return { file: span.file.name, start: { ...start, offset: span.start }, end: { ...end, offset: span.end } };
}

/** Whether a tool may apply a fix unasked. */
export function applicabilityOf({ isUnsafe }: Fix): "safe" | "unsafe" {
  return isUnsafe === true ? "unsafe" : "safe";
}

/** A diagnostic as plain data for `--format json`; a stable form that tools may rely on. */
export function diagnosticToJson(diagnostic: Diagnostic): object {
  const { code, severity, message, primary, labels, notes, help, fix } = diagnostic;
  const label = ({ span, text, arithmetic }: Diagnostic["primary"]): object => ({
    ...placeOf(span),
    ...(text === "" ? {} : { text }),
    ...(arithmetic === undefined ? {} : { arithmetic }),
  });
  return {
    code,
    severity,
    message,
    primary: label(primary),
    labels: labels.map(label),
    notes,
    ...(help === undefined ? {} : { help }),
    ...(fix === undefined
      ? {}
      : {
          fix: {
            title: fix.title,
            applicability: applicabilityOf(fix),
            edits: fix.edits.map(({ span, text }) => ({ ...placeOf(span), text })),
          },
        }),
  };
}
