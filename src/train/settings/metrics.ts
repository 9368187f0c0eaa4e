import type { ArgumentValue } from "../../graph/layer-graph.ts";
import { nativeName } from "../../diagnostics/foreign-names.ts";
import { foreignNames } from "./foreign-names.ts";
import { suggestName } from "../../diagnostics/suggest.ts";
import { classifierMetricNames, findClassifierMetric, regressionMetrics } from "../../metrics/named.ts";
import { sequenceMetrics } from "../../metrics/sequences.ts";
import { type ArgumentsOf, flag } from "../../settings/argument.ts";
import { readArguments, replacement, reportUnknown } from "../../settings/read-arguments.ts";
import type { SettingDefinition } from "../../settings/setting.ts";

const metricArguments = {
  training: flag(
    "whether the training data is measured too, as a pass over it after each epoch, without dropout and augmentation",
    { default: true },
  ),
};

/** Which metrics, those that suit the outputs where there are none. */
export interface MetricChoice extends ArgumentsOf<typeof metricArguments> {
  readonly names: readonly string[];
}

const knownNames = [
  ...classifierMetricNames,
  ...[...regressionMetrics, ...sequenceMetrics].map(({ name }) => name),
];

/** Whether a metric goes by that name. */
export function isMetric(name: string): boolean {
  return findClassifierMetric(name) !== undefined || knownNames.includes(name);
}

const metrics: SettingDefinition<MetricChoice> = {
  summary:
    "What is measured after each epoch beside the loss, on the data held back and on the training data.",
  example: "metrics accuracy top5 f1 auc",
  defaultText: "`accuracy` of classes, `mae` of numbers, `error_rate` of sequences",
  default: { names: [], training: true },
  mayChangeOnResume: () => true,
  forms: [
    {
      name: "",
      summary: `names: of classes ${listed(classifierMetricNames)} (any number in place of 5), of numbers ${listed(regressionMetrics.map(({ name }) => name))}, of sequences ${listed(sequenceMetrics.map(({ name }) => name))}`,
      arguments: metricArguments,
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
    const values = readArguments(metricArguments, { ...first!, positional: [] }, { sink, of: "metrics" });
    if (positional.length === 0)
      sink.report("CNN301", "`metrics` needs names, e.g. `metrics accuracy f1`", span);
    const names = positional.flatMap(({ value, span }) => {
      const list = Array.isArray(value) ? (value as readonly ArgumentValue[]).map(String) : [String(value)];
      if (Array.isArray(value)) {
        const text = list.join(" ");
        sink.report("CNN301", "the names of metrics stand side by side, without brackets", span, {
          help: `write \`metrics ${text}\``,
          fix: replacement(span, text),
        });
      }
      return list.filter((name) => {
        if (isMetric(name)) return true;
        const near = nativeName(foreignNames.metric, name) ?? suggestName(name, knownNames);
        const fix = Array.isArray(value) ? undefined : replacement(span, near);
        reportUnknown(sink, { what: "a metric", name, known: knownNames, span, near, fix });
        return false;
      });
    });
    return values && { ...values, names: [...new Set(names)] };
  },
};

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}

/** What is measured beside the loss. */
export const metricSettings = { metrics };
