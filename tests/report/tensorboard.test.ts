import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { crc32c, encodeEventFile, type ScalarEvent } from "../../src/report/tensorboard.ts";

interface Case {
  readonly start: number;
  readonly events: readonly ScalarEvent[];
  readonly bytes: string;
}
const recorded = JSON.parse(readFileSync(new URL("cases/tensorboard.json", import.meta.url), "utf8")) as Case;

// RFC 3720, appendix B.4.
test.each([
  [new Uint8Array(32), 0x8a9136aa],
  [new Uint8Array(32).fill(0xff), 0x62a8ab43],
  [Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
])("checksums are those of the standard (%#)", (data, checksum) => {
  expect(crc32c(data)).toBe(checksum);
});

test("an event file is, byte for byte, what TensorFlow's writer makes", () => {
  const bytes = encodeEventFile(recorded.start, recorded.events);
  expect(Buffer.from(bytes).toString("base64")).toBe(recorded.bytes);
});

const python = process.env["CNN_PEERS_PYTHON"] ?? ".peers/bin/python";

test.skipIf(!existsSync(python))("TensorFlow's reader gives the scalars back (CNN_PEERS_PYTHON)", () => {
  const path = join(mkdtempSync(join(tmpdir(), "cnn-test-")), "events.out.tfevents.1");
  writeFileSync(path, encodeEventFile(recorded.start, recorded.events));
  const script = `
import json, sys
from tensorflow.python.summary.summary_iterator import summary_iterator
print(json.dumps([[e.step, {v.tag: v.simple_value for v in e.summary.value}] for e in summary_iterator(sys.argv[1]) if e.HasField("summary")]))`;
  const out = execFileSync(python, ["-c", script, path], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const read = JSON.parse(out) as [number, Record<string, number>][];
  expect(read).toEqual(
    recorded.events.map(({ step, scalars }) => [
      step,
      Object.fromEntries(Object.entries(scalars).map(([tag, value]) => [tag, Math.fround(value)])),
    ]),
  );
});
