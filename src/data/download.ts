// Bringing published files over the network: never more bytes than announced, checked before they get their name.
import { createHash } from "node:crypto";
import { writeFileAtomically } from "../files/atomic.ts";
import type { PublishedFile } from "./known-datasets.ts";

/** How far a file has come. */
export interface DownloadProgress {
  readonly file: string;
  readonly receivedBytes: number;
  readonly totalBytes: number;
}

export interface DownloadOptions {
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** A server that sends nothing for so long is given up; 30 seconds by default. */
  readonly idleMilliseconds?: number;
  /** Ends the download. */
  readonly signal?: AbortSignal;
}

/** What became of a download: undefined where it succeeded, else the reason of each address. */
export type DownloadFailures = readonly string[] | undefined;

/**
 * Brings a file from the first address that has it, and writes it to `destination` once its size and checksum are right.
 *
 * @returns undefined, or why no address gave the file
 * @throws InputError if the file cannot be written
 */
export async function downloadFile(
  file: PublishedFile,
  mirrors: readonly string[],
  destination: string,
  options: DownloadOptions = {},
): Promise<DownloadFailures> {
  const failures: string[] = [];
  for (const mirror of mirrors) {
    const address = mirror + file.name;
    const result = await receive(address, file, options);
    if (typeof result !== "string") {
      await writeFileAtomically(destination, result);
      return undefined;
    }
    failures.push(`${address}: ${result}`);
    if (options.signal?.aborted === true) break;
  }
  return failures;
}

/** The bytes of a file, or why they could not be had. */
async function receive(
  address: string,
  file: PublishedFile,
  options: DownloadOptions,
): Promise<Uint8Array | string> {
  const idle = options.idleMilliseconds ?? 30_000;
  const control = new AbortController();
  const stop = () => control.abort("stopped");
  options.signal?.addEventListener("abort", stop, { once: true });
  if (options.signal?.aborted === true) stop();
  let timer = setTimeout(() => control.abort("idle"), idle);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => control.abort("idle"), idle);
  };
  try {
    const response = await fetch(address, {
      signal: control.signal,
      headers: { "accept-encoding": "identity" },
    });
    if (!response.ok || response.body === null) return `the server answers ${response.status}`;
    return await collect(response.body, file, alive, options.onProgress);
  } catch (error) {
    if (control.signal.reason === "idle") return `the server sent nothing for ${idle / 1000} seconds`;
    if (control.signal.aborted) return "stopped";
    return networkReason(error);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", stop);
    // Closes the connection where the body was not read to its end.
    control.abort("finished");
  }
}

async function collect(
  body: ReadableStream<Uint8Array>,
  file: PublishedFile,
  alive: () => void,
  onProgress: DownloadOptions["onProgress"],
): Promise<Uint8Array | string> {
  const bytes = new Uint8Array(file.bytes);
  let received = 0;
  for await (const chunk of body) {
    alive();
    if (received + chunk.length > file.bytes)
      return `it sends more than the ${file.bytes} bytes of this file`;
    bytes.set(chunk, received);
    received += chunk.length;
    onProgress?.({ file: file.name, receivedBytes: received, totalBytes: file.bytes });
  }
  if (received < file.bytes) return `it sent ${received} of ${file.bytes} bytes`;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return sha256 === file.sha256 ? bytes : `it sent other bytes than were published (sha256 ${sha256})`;
}

function networkReason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const reasons: Record<string, string> = {
    ENOTFOUND: "this machine does not find the server",
    EAI_AGAIN: "this machine does not find the server",
    ECONNREFUSED: "the server refuses the connection",
    ECONNRESET: "the connection broke off",
    UND_ERR_SOCKET: "the connection broke off",
    ENETUNREACH: "the network cannot be reached",
    ETIMEDOUT: "the server does not answer",
    UND_ERR_CONNECT_TIMEOUT: "the server does not answer",
  };
  return reasons[code] ?? (code === "" ? "the connection failed" : `the connection failed (${code})`);
}
