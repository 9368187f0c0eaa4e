import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    globalSetup: ["tests/build-command.ts"],
    testTimeout: 90_000,
    hookTimeout: 60_000,
    // Also on two cores two files at a time: most tests use one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
