import { describeModelParity } from "./random-models.ts";

describeModelParity("cpu", Number(process.env["CNN_PARITY_MODELS"] ?? 25));
