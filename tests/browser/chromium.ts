import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";

/** The browser, where there is one. */
export const chromium = [process.env["CNN_CHROMIUM"], "/usr/bin/chromium", "/usr/bin/google-chrome"].find(
  (path) => path !== undefined && existsSync(path),
);

/** Graphics in software, so that WebGL and WebGPU are there on any machine. */
const flags = [
  ...["--headless", "--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-sync"],
  ...[
    "--disable-component-update",
    "--disable-quic",
    "--ignore-gpu-blocklist",
    "--enable-unsafe-swiftshader",
  ],
  ...["--use-angle=swiftshader", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
  "--enable-features=Vulkan",
];

/** Puts the page of these tests into a folder. */
export async function writePage(folder: string): Promise<void> {
  const page = await build({
    entryPoints: [new URL("page.js", import.meta.url).pathname],
    bundle: true,
    format: "esm",
    write: false,
    outfile: "page.js",
  });
  await writeFile(join(folder, "page.js"), page.outputFiles[0]!.contents);
  const html = '<!doctype html><body><script type="module" src="page.js"></script></body>';
  await writeFile(join(folder, "index.html"), html);
}

export interface PageResult {
  readonly numbers?: readonly number[];
  readonly error?: string;
}

/** Opens the page of a folder, which does the work and sends the results. */
export async function workInPage(
  folder: string,
  work: readonly object[],
  milliseconds: number,
): Promise<readonly PageResult[]> {
  await writeFile(join(folder, "work.json"), JSON.stringify(work));
  let answer: (results: readonly PageResult[]) => void = () => undefined;
  const answered = new Promise<readonly PageResult[]>((resolve) => (answer = resolve));
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, "http://localhost");
    if (request.method === "POST") {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        response.end();
        answer(JSON.parse(Buffer.concat(chunks).toString()) as readonly PageResult[]);
      });
      return;
    }
    const name = pathname === "/" ? "index.html" : pathname.slice(1);
    const type = name.endsWith(".js")
      ? "text/javascript"
      : name.endsWith(".html")
        ? "text/html"
        : "application/octet-stream";
    readFile(join(folder, name)).then(
      (bytes) => response.writeHead(200, { "content-type": type }).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as AddressInfo;
  const profile = `--user-data-dir=${join(folder, "profile")}`;
  const browser = spawn(chromium!, [...flags, profile, `http://127.0.0.1:${port}/`], { stdio: "ignore" });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer from the page in ${milliseconds} ms`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([answered, late]);
  } finally {
    clearTimeout(timer);
    const closed = new Promise((resolve) => browser.on("close", resolve));
    browser.kill("SIGKILL");
    await closed;
    server.close();
  }
}
