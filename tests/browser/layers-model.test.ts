import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTensorFlowExport } from "../../src/engine/export-tfjs.ts";
import { lowerModel } from "../../src/tensor/lower.ts";
import { evaluateTensorGraph } from "../../src/tensor/reference/evaluate.ts";
import { randomWeights, shapedModel } from "../parity/compare-engines.ts";

const chromium = [process.env["CNN_CHROMIUM"], "/usr/bin/chromium", "/usr/bin/google-chrome"].find(
  (path) => path !== undefined && existsSync(path),
);

const models = {
  "Keras' layers alone": "input 8x8x1\nconv 4 3x3 relu; pool max 2; bn; flatten; dense 5 softmax\n",
  "layers of our own":
    "input 8x8x2\nconv 4 3x3 dilation=2 same gelu; lrn 3; group_norm 2; attention 2; global_pool avg; dense 3 softmax\n",
};

/** Serves a folder. */
function serve(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, "http://localhost");
    const type = pathname.endsWith(".js") ? "text/javascript" : pathname === "/" ? "text/html" : "";
    const name = pathname === "/" ? "index.html" : pathname.slice(1);
    readFile(join(folder, name)).then(
      (bytes) => response.writeHead(200, { "content-type": type || "application/octet-stream" }).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

describe.skipIf(chromium === undefined)(
  "an export in a page in Chromium (skipped where there is none)",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "cnn-browser-"));
    let server: Server;

    beforeAll(async () => {
      const page = await build({
        entryPoints: [new URL("page.js", import.meta.url).pathname],
        bundle: true,
        format: "esm",
        write: false,
        outfile: "page.js",
      });
      await writeFile(join(folder, "page.js"), page.outputFiles[0]!.contents);
      await writeFile(
        join(folder, "index.html"),
        '<!doctype html><body><script type="module" src="page.js"></script></body>',
      );
      server = await serve(folder);
    });

    afterAll(() => {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it.each(Object.entries(models))("%s", async (name, text) => {
      const model = shapedModel(text)!;
      const weights = randomWeights(model);
      const place = name.replace(/\W/g, "");
      const { value } = await writeTensorFlowExport(join(folder, place), model, weights, {});
      const { port } = server.address() as AddressInfo;
      const needsLayers = value!.customClasses.length > 0 ? "&layers" : "";
      const url = `http://127.0.0.1:${port}/?folder=${place}${needsLayers}`;
      const profile = join(folder, `profile-${place}`);
      const { stdout } = await promisify(execFile)(
        chromium!,
        [
          "--headless",
          "--no-sandbox",
          "--disable-gpu",
          `--user-data-dir=${profile}`,
          "--virtual-time-budget=20000",
          "--dump-dom",
          url,
        ],
        { timeout: 60_000 },
      );
      const shown = /<title>(.*?)<\/title>/.exec(stdout)?.[1] ?? stdout;
      expect(shown).toMatch(/^\[/);
      const actual = JSON.parse(shown) as number[];

      const lowered = lowerModel(model, { batch: "N", training: false }).value!;
      const [input] = lowered.inputs;
      const [output] = lowered.outputs;
      const shape = [1, ...lowered.builder.shape(input!.value).slice(1).map(Number)];
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(0.5);
      const graph = lowered.builder.finish({ [output!.name]: output!.value });
      const expected = evaluateTensorGraph(graph, new Map([...weights, [input!.name, { shape, data }]]));
      const values = expected.get(output!.name)!.data;
      expect(actual.length).toBe(values.length);
      actual.forEach((number, index) => expect(number).toBeCloseTo(values[index]!, 5));
    });
  },
);
