import { describeTraining } from "./engine-cases.ts";

describeTraining("cpu");
