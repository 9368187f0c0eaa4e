import type { DiagnosticSink } from "../../diagnostics/diagnostic.ts";
import type { Setting } from "../../graph/layer-graph.ts";
import type { TrainSettings } from "./table.ts";

/** Reports a `schedule piecewise` whose values do not go with its boundaries. */
export function checkPiecewise(
  { schedule }: Pick<TrainSettings, "schedule">,
  statements: readonly Setting[],
  sink: DiagnosticSink,
): void {
  const statement = statements.find(({ name }) => name === "schedule");
  if (schedule.name !== "piecewise" || statement === undefined) return;
  const { boundaries, values } = schedule;
  if (values.length !== boundaries.length + 1) {
    sink.report(
      "CNN301",
      `\`piecewise\` has ${boundaries.length} boundaries and ${values.length} values: it needs one value more than boundaries`,
      statement.span,
      { help: "the first value holds before the first boundary: `boundaries=[5, 8] values=[1, 0.1, 0.01]`" },
    );
  } else if (boundaries.some((boundary, index) => boundary <= (boundaries[index - 1] ?? 0))) {
    sink.report(
      "CNN301",
      `the boundaries of \`piecewise\` must rise from above 0, not ${boundaries.join(", ")}`,
      statement.span,
    );
  }
}
