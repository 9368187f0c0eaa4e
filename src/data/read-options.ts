import type { DownloadProgress } from "./download.ts";
import type { ExampleShape } from "./dataset.ts";

/** How data of one's own is read. */
export interface ReadOptions {
  /** What the model takes, where that is known before the data is. */
  readonly inputShape?: ExampleShape;
  /** Whether pictures of another size are resized. */
  readonly resize?: boolean;
  /** Whether what is damaged or does not fit is left out and counted; else it is an error. */
  readonly skipBad?: boolean;
  /** The column of a table that holds the label: its name, or its number from 1; found by itself where it is left out. */
  readonly label?: string;
  /** Bytes that examples may take in memory; beyond that they are kept in a file. */
  readonly memoryLimit: number;
  /** Where decoded examples are kept that do not fit into memory. */
  readonly cacheFolder: string;
  readonly onProgress?: (progress: DownloadProgress) => void;
}
