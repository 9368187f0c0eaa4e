import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    globalSetup: ["tests/build-command.ts"],
    testTimeout: 90_000,
    hookTimeout: 60_000,
  },
});
