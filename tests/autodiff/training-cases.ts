import { readFileSync } from "node:fs";
import type { LossOptions, OptimizerOptions } from "../../src/autodiff/training-graphs.ts";
import type { NumericTensor } from "../../src/tensor/reference/evaluate.ts";

export interface CaseTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Cases {
  readonly models: readonly {
    readonly source: string;
    readonly loss: LossOptions;
    readonly input: CaseTensor;
    readonly target: CaseTensor;
    readonly weights: Readonly<Record<string, CaseTensor>>;
    readonly lossSum: number;
    readonly accuracySum: number;
    readonly gradients: Readonly<Record<string, CaseTensor>>;
  }[];
  readonly batchNorm: {
    readonly source: string;
    readonly weights: Readonly<Record<string, CaseTensor>>;
    readonly steps: readonly Readonly<
      Record<"input" | "result" | "moving_mean" | "moving_variance", CaseTensor>
    >[];
  };
  readonly optimizers: {
    readonly start: readonly number[];
    readonly gradients: readonly (readonly number[])[];
    readonly cases: readonly {
      readonly options: OptimizerOptions;
      readonly learningRate: number;
      readonly trajectory: readonly (readonly number[])[];
    }[];
  };
}

/** Made by cases/training.py with PyTorch and Keras. */
export const cases = JSON.parse(
  readFileSync(new URL("cases/training.json", import.meta.url), "utf8"),
) as Cases;

/** A case's tensor in float64. */
export function numbers({ shape, data }: CaseTensor): NumericTensor {
  return { shape, data: Float64Array.from(data) };
}
