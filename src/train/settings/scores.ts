import type { DiagnosticSink } from "../../diagnostics/diagnostic.ts";
import { suggestName } from "../../diagnostics/suggest.ts";
import type { Setting } from "../../graph/layer-graph.ts";
import { nativeName } from "../../diagnostics/foreign-names.ts";
import { replacement } from "../../settings/read-arguments.ts";
import { type Span, spanText } from "../../source/source-file.ts";
import { foreignNames } from "./foreign-names.ts";
import { noScore } from "./keeping.ts";
import type { TrainSettings } from "./table.ts";

/** What epochs may measure; on the data held back each goes by `val_` before its name. */
const usual = ["loss", "accuracy", "mae", "error_rate"];
const validationPrefix = "val_";

/** Reports scores that `stop` and `checkpoint` name and that no epoch of the run will have. */
export function checkScores(
  {
    stop,
    checkpoint,
    validation,
    metrics,
  }: Pick<TrainSettings, "stop" | "checkpoint" | "validation" | "metrics">,
  statements: readonly Setting[],
  sink: DiagnosticSink,
): void {
  const measured = [...new Set([...usual, ...metrics.names])];
  const known = [...measured, ...measured.map((name) => validationPrefix + name)];
  const stopScore = stop?.score === noScore ? undefined : stop?.score;
  const named = [
    ["stop", stopScore],
    ["checkpoint", checkpoint.best],
  ] as const;
  for (const [word, score] of named) {
    const statement = statements.find(({ name }) => name === word);
    if (score === undefined || statement === undefined) continue;
    // Of several outputs each score has its output's name before it; whether there is such is seen with the data.
    const isOfOutput = measured.some((name) => score.endsWith(`_${name}`));
    if (!known.includes(score) && !isOfOutput) {
      const [, prefix = "", own = score] = /^(val_)?(.*)$/.exec(score) ?? [];
      const native = nativeName(foreignNames.metric, own);
      const meant = native === undefined ? undefined : prefix + native;
      const near = known.find((name) => name === meant) ?? suggestName(score, known);
      const place = placeOf(score, statement);
      sink.report("CNN350", `\`${word}\` watches \`${score}\`, which no epoch measures`, statement.span, {
        help: near === undefined ? `there are ${known.join(", ")}` : `did you mean \`${near}\`?`,
        ...(near === undefined || place === undefined ? {} : { fix: replacement(place, near)! }),
      });
    } else if (score.startsWith(validationPrefix) && validation.share === 0) {
      sink.report(
        "CNN351",
        `\`${word} ${score}\` needs validation data, and none is held back`,
        statement.span,
        {
          help: `hold some back with \`validation 0.1\`, or watch \`${score.slice(validationPrefix.length)}\``,
        },
      );
    }
  }
  const kept = statements.find(({ name }) => name === "checkpoint");
  if (stopScore === undefined || checkpoint.best === undefined || kept === undefined) return;
  if (stopScore === checkpoint.best) return;
  sink.report(
    "CNN352",
    `the best epoch cannot be the one by \`${checkpoint.best}\` and the one by \`${stopScore}\``,
    kept.span,
    { help: "a run has one result: let `stop` and `checkpoint best=` name the same score" },
  );
}

/** Where a statement says a score. */
function placeOf(score: string, { positional, named }: Setting): Span | undefined {
  const said = [...positional, ...Object.values(named)].find(({ value }) => value === score)?.span;
  const start = said === undefined ? -1 : spanText(said).lastIndexOf(score);
  return start < 0
    ? undefined
    : { ...said!, start: said!.start + start, end: said!.start + start + score.length };
}
