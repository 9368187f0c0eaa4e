import { createHash } from "node:crypto";
import { readCheckpoint } from "../../src/train/checkpoint.ts";
import { hashWeights } from "../../src/train/receipt.ts";
import { RunFolder } from "../../src/train/run-folder.ts";

/** What a run's last checkpoint holds, without what a clock measured; two runs that agree in it agree to the bit. */
export async function stateOf(runFolder: string): Promise<unknown> {
  const { description, weights, optimizer } = await readCheckpoint(new RunFolder(runFolder).checkpointPath);
  const { history, progress, running } = description;
  return {
    scores: history.map(({ step, training, validation }) => ({ step, training, validation })),
    progress,
    running: { ...running, seconds: 0 },
    weights: hashWeights(weights),
    optimizer: hashWeights(optimizer),
    names: createHash("sha256")
      .update([...weights.keys(), ...optimizer.keys()].join())
      .digest("hex"),
  };
}
