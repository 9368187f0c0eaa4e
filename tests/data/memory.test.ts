// A folder of pictures that is larger than the memory it may have: four times the pictures, the same memory.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "fast-png";
import { expect, test } from "vitest";
import { runCommand } from "../cli/run-command.ts";
import { temporaryFolder } from "./temporary.ts";

const side = 256;
const pictureBytes = 3 * side * side;

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
async function peakOf(count: number): Promise<number> {
  const program = `model big\ninput ${side}x${side}x3\npool avg 16\nflatten\ndense 2 softmax`;
  const tell = "process.on('exit',()=>process.stderr.write('peak='+process.resourceUsage().maxRSS+' '))";
  const { code, error } = await runCommand(
    [
      "train",
      "-e",
      program,
      "--data",
      savePictures(count),
      "--epochs",
      "1",
      "--threads",
      "1",
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

test("memory is for a batch, not for the set", async () => {
  const [few, many] = [await peakOf(500), await peakOf(2000)];
  // Decoded, 1,500 pictures more are 295 MB; the collector lets some 64 to 85 MB lie about, whatever their number.
  expect(many - few).toBeLessThan((1500 * pictureBytes) / 2);
});
