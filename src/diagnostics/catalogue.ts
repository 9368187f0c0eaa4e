/**
 * Every diagnostic the compiler can give, by its code. CNN0xx: reading the text; CNN1xx: names, arguments and compile
 * time; CNN2xx: shapes and weights; CNN3xx: training and data declarations; CNN4xx: back ends; CNN5xx: lint; CNN9xx:
 * mistakes of the compiler itself. `title` is the finding in general words; the explanation page of a code (meaning,
 * a wrong example, the same example mended) stands in explanations/, which only `cnn explain` and the documentation load.
 */
export const catalogue = {
  CNN001: { title: "a character that the language does not know" },
  CNN002: { title: "the text does not follow the grammar" },
  CNN003: { title: "nesting too deep" },
  CNN004: { title: "a text without its closing quote" },
  CNN200: { title: "a window that is larger than its input" },
  CNN201: { title: "a window with another number of axes than its input" },
  CNN202: { title: "a layer that cannot take an input of this rank" },
  CNN203: { title: "channels or filters that do not divide into groups" },
  CNN204: { title: "nothing is left to pool" },
  CNN205: { title: "stride together with dilation" },
  CNN206: { title: "padding that this layer does not know" },
  CNN207: { title: "shapes that do not fit together in a merge" },
  CNN208: { title: "shapes that differ beside the axis of a concat" },
  CNN209: { title: "an axis that the input does not have" },
  CNN210: { title: "a merge of the wrong number of tensors" },
  CNN211: { title: "a condition on unknown dimensions that can be neither proved nor refuted" },
  CNN212: { title: "an input that does not fit the weights it shares" },
  CNN213: { title: "a tensor too large to count" },
  CNN301: { title: "a training setting without the value it needs, or with one out of range" },
  CNN302: { title: "a training setting that is set twice" },
  CNN303: { title: "a training setting, loss, optimizer or argument that is not known" },
  CNN304: { title: "a loss that does not fit the model's output" },
  CNN305: { title: "a model that does not fit its data" },
} as const satisfies Record<string, { readonly title: string }>;

/** A code such as `CNN204`. */
export type DiagnosticCode = keyof typeof catalogue;
