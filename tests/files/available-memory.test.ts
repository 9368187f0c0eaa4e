import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { availableMemory } from "../../src/files/available-memory.ts";

/** A system's files: their paths and contents. */
function systemOf(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "cnn-test-"));
  const all = { "proc/meminfo": "MemTotal: 9000 kB\nMemAvailable:    8000 kB\n", ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

// The forms are those of the kernel's documentation (cgroup-v2.rst, cgroup-v1/memory.rst).
const second = "sys/fs/cgroup";
const first = "sys/fs/cgroup/memory";
test.each<[string, Readonly<Record<string, string>>, number]>([
  ["the machine's where there are no groups", {}, 8_192_000],
  [
    "the rest of a group of version 2, with the cache that it can give up",
    {
      "proc/self/cgroup": "0::/\n",
      [`${second}/memory.max`]: "1000000\n",
      [`${second}/memory.current`]: "700000\n",
      [`${second}/memory.stat`]:
        "anon 500000\nfile 200000\nshmem 50000\ninactive_file 100000\nactive_file 50000\n",
    },
    450_000,
  ],
  [
    "the least of a group and those above it",
    {
      "proc/self/cgroup": "0::/user/job\n",
      [`${second}/user/memory.max`]: "600000",
      [`${second}/user/memory.current`]: "100000",
      [`${second}/user/job/memory.max`]: "max",
      [`${second}/user/job/memory.current`]: "90000",
    },
    500_000,
  ],
  [
    "the rest of a group of version 1, whose path a container does not see",
    {
      "proc/self/cgroup": "5:cpu,cpuacct:/a\n4:memory:/docker/abc\n0::/\n",
      [`${first}/memory.limit_in_bytes`]: "2000000",
      [`${first}/memory.usage_in_bytes`]: "500000",
      [`${first}/memory.stat`]: "cache 9\ntotal_inactive_file 40000\ntotal_active_file 10000\n",
    },
    1_550_000,
  ],
  [
    "the rest of a group of version 1 by its path, above which there is no limit",
    {
      "proc/self/cgroup": "4:memory:/docker/abc\n",
      [`${first}/memory.limit_in_bytes`]: "9223372036854771712",
      [`${first}/memory.usage_in_bytes`]: "500000",
      [`${first}/docker/abc/memory.limit_in_bytes`]: "3000000",
      [`${first}/docker/abc/memory.usage_in_bytes`]: "1000000",
    },
    2_000_000,
  ],
])("what a process can still take is %s", (_, files, bytes) => {
  expect(availableMemory(systemOf(files))).toBe(bytes);
});
