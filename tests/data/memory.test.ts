// Data that is larger than the memory it may have, as pictures and as a compressed archive: more of it, the same memory.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "fast-png";
import { expect, test } from "vitest";
import { runCommand } from "../cli/run-command.ts";
import { temporaryFolder } from "./temporary.ts";
import { npy } from "./write-npy.ts";
import { zip } from "./write-zip.ts";

const side = 256;
const pictureBytes = 3 * side * side;

/** A compressed archive of NumPy's arrays, dark and light pictures by turns. */
function saveArrays(count: number): string {
  const pixels = new Uint8Array(count * pictureBytes);
  const labels = Array.from({ length: count }, (_, row) => row % 2);
  for (const row of labels.keys())
    pixels.fill(labels[row] === 0 ? 40 : 200, row * pictureBytes, (row + 1) * pictureBytes);
  const head = npy("|u1", [count, side, side, 3], []);
  const path = join(temporaryFolder(), "a.npz");
  writeFileSync(path, zip({ "x.npy": Buffer.concat([head, pixels]), "y.npy": npy("<i8", [count], labels) }));
  return path;
}

function savePictures(count: number): string {
  const folder = temporaryFolder();
  const pictures = [40, 200].map((value) =>
    encode({
      width: side,
      height: side,
      channels: 3,
      depth: 8,
      data: new Uint8Array(pictureBytes).fill(value),
    }),
  );
  for (const name of ["dark", "light"]) mkdirSync(join(folder, "train", name), { recursive: true });
  for (let row = 0; row < count; row++) {
    writeFileSync(join(folder, "train", row % 2 === 0 ? "dark" : "light", `${row}.png`), pictures[row % 2]!);
  }
  return folder;
}

/** The most memory that the command had, in bytes. */
async function peakOf(data: string, epochs: number): Promise<number> {
  const program = `model big\ninput ${side}x${side}x3\npool avg 16\nflatten\ndense 2 softmax`;
  // What a process starts with as its most is that of the one which started it, but in the status of its own memory.
  const tell = `import fs from "node:fs"; process.on("exit", () => process.stderr.write(
    "peak=" + (/VmHWM:\\s+(\\d+)/.exec(fs.readFileSync("/proc/self/status", "utf8"))?.[1]) + " "))`;
  const { code, error } = await runCommand(
    [
      "train",
      "-e",
      program,
      "--data",
      data,
      "--epochs",
      String(epochs),
      "--threads",
      "1",
      "--batch",
      "4",
      "--run",
      join(temporaryFolder(), "run"),
    ],
    {
      environment: {
        CNN_DATA_MEMORY: "2",
        XDG_CACHE_HOME: temporaryFolder(),
        NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(tell)}"`,
      },
    },
  );
  expect(code, error).toBe(0);
  return 1024 * Math.max(...[...error.matchAll(/peak=(\d+)/g)].map(([, kilobytes]) => Number(kilobytes)));
}

test.skipIf(process.platform !== "linux").each([
  ["pictures", savePictures],
  ["a compressed archive", saveArrays],
])("memory is for a batch, not for the set: %s", async (_, save) => {
  const [few, many] = [await peakOf(save(500), 4), await peakOf(save(2000), 1)];
  // Decoded, 1,500 pictures more are 295 MB; what the collector lets lie about is that of as many small batches.
  expect(many - few).toBeLessThan((1500 * pictureBytes) / 2);
});
