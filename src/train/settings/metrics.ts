import { suggestName } from "../../diagnostics/suggest.ts";
import { classifierMetricNames, findClassifierMetric } from "../../metrics/named.ts";
import type { SettingDefinition } from "../../settings/setting.ts";

const metrics: SettingDefinition<readonly string[]> = {
  summary: "What is measured after each epoch on the data held back, beside loss and accuracy.",
  example: "metrics accuracy top5 f1 auc",
  defaultText: "accuracy",
  default: ["accuracy"],
  mayChangeOnResume: () => true,
  forms: [
    {
      name: "",
      summary: `names: ${classifierMetricNames.map((name) => `\`${name}\``).join(", ")} (any number in place of 5)`,
      arguments: {},
    },
  ],
  read([first, second], sink) {
    if (second !== undefined) {
      sink.report("CNN302", "`metrics` is set twice", second.span, {
        labels: [{ span: first!.span, text: "first set here" }],
        help: "name all metrics in one statement",
      });
      return undefined;
    }
    const { positional, span } = first!;
    if (positional.length === 0)
      sink.report("CNN301", "`metrics` needs names, e.g. `metrics accuracy f1`", span);
    const names = positional.flatMap(({ value, span }) => {
      if (typeof value === "string" && findClassifierMetric(value) !== undefined) return [value];
      const near = suggestName(String(value), classifierMetricNames);
      sink.report("CNN303", `there is no metric called \`${String(value)}\``, span, {
        help:
          near === undefined ? `known are ${classifierMetricNames.join(", ")}` : `did you mean \`${near}\`?`,
      });
      return [];
    });
    return [...new Set(names)];
  },
};

/** What is measured beside the loss. */
export const metricSettings = { metrics };
