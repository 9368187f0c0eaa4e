import type { LayerForm } from "../form.ts";

const merge = (word: string): LayerForm => ({
  statements: (_, others) => [[word, ...others].join(" ")],
});

export const mergingForms = {
  Add: merge("add"),
  Subtract: merge("subtract"),
  Multiply: merge("multiply"),
  Average: merge("average"),
  Maximum: merge("maximum"),
  Minimum: merge("minimum"),
  Concatenate: {
    statements(layer, others) {
      const axis = layer.number("axis", -1);
      return [`${["concat", ...others].join(" ")}${axis === -1 ? "" : ` axis=${axis}`}`];
    },
  },
  Dot: {
    statements(layer, others) {
      const [first, second = first] = [layer.config["axes"]].flat() as readonly unknown[];
      if (typeof first !== "number" || typeof second !== "number") {
        layer.refuse(`its axes are ${JSON.stringify(layer.config["axes"]) ?? "missing"}`);
        return [];
      }
      if (second < 0 && first !== second)
        layer.refuse("two axes of which one is counted from the end cannot be said");
      const axes = first === second ? String(first) : `${first}x${second}`;
      const normalize = layer.flag("normalize", false) ? " normalize=yes" : "";
      return [`${["dot", ...others].join(" ")} axes=${axes}${normalize}`];
    },
  },
} satisfies Readonly<Record<string, LayerForm>>;
