import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCommand, temporaryFolder } from "./run-command.ts";

test("export --external-data writes a model and its weights, both or neither, and checks them", async () => {
  const folder = temporaryFolder();
  const { code, out } = await runCommand(["export", "lenet5", "net.onnx", "--external-data"], { folder });
  expect(code).toBe(0);
  expect(out).toMatch(
    /^net\.onnx: 13 nodes, [\d,]+ bytes and [\d,]+ bytes of weights in net\.onnx\.data, opset 20$/m,
  );
  expect(out).toMatch(/^checked in ONNX Runtime: largest difference from the float64 reference/m);
  expect(readdirSync(folder).sort()).toEqual(["net.onnx", "net.onnx.data"]);
  expect(readFileSync(join(folder, "net.onnx")).length).toBeLessThan(10_000);

  mkdirSync(join(folder, "other.onnx.data"));
  const refused = await runCommand(["export", "lenet5", "other.onnx", "--external-data"], { folder });
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.error).toContain("it is a folder");
  expect(readdirSync(folder)).not.toContain("other.onnx");

  const misplaced = await runCommand(["export", "lenet5", "--to", "tfjs", "--external-data"], { folder });
  expect(misplaced).toMatchObject({ code: 2 });
});
