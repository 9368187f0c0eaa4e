import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/random/random.ts";
import { TensorBuilder } from "../../src/tensor/builder.ts";
import { rewritesForTraining } from "../../src/tensor/rewrites/for-training.ts";
import { differenceFromReference } from "./harness.ts";
import { randomNetwork } from "./networks.ts";
import { CaseMaker } from "./operations.ts";

const count = Number(process.env.CNN_NETWORKS ?? 60);

describe("random networks and their gradients in selected forms", () => {
  it.each(["cpu", "webgpu"] as const)(
    "%s",
    async (provider) => {
      for (let index = 0; index < count; index++) {
        const builder = new TensorBuilder(index % 2 === 0 ? rewritesForTraining : []);
        const make = new CaseMaker(builder, createRandom(index, "network"));
        const graph = randomNetwork(make);
        const { difference, output } = await differenceFromReference(graph, make.inputs, { provider });
        expect(difference, `network ${index}: ${output}`).toBeLessThan(2e-5);
      }
    },
    600_000,
  );
});
