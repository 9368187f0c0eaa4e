import type { DownloadProgress } from "./download.ts";
import type { WantedColumns } from "./columns.ts";
import type { ExampleShape } from "./dataset.ts";

/** How many pictures of a folder are decoded. */
export interface DecodingProgress {
  readonly folder: string;
  readonly done: number;
  readonly total: number;
}

/** How data of one's own is read. */
export interface ReadOptions {
  /** What the model takes, where that is known before the data is. */
  readonly inputShape?: ExampleShape;
  /** What the model takes and gives, where that may be more than one example and its class. */
  readonly wanted?: WantedColumns;
  /** Whether a part that is there to validate with is read beside the training part. */
  readonly takesValidation?: boolean;
  /** Whether pictures of another size are resized. */
  readonly resize?: boolean;
  /** Whether what is damaged or does not fit is left out and counted; else it is an error. */
  readonly skipBad?: boolean;
  /** The columns of a table that hold the label: their names, or numbers from 1; found by themselves where it is left out. */
  readonly label?: readonly string[];
  /** Bytes that examples may take in memory; beyond that they are kept in a file. */
  readonly memoryLimit: number;
  /** Where decoded examples are kept that do not fit into memory. */
  readonly cacheFolder: string;
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly onDecoded?: (progress: DecodingProgress) => void;
  /** Called where pictures are not decoded yet: who takes it starts that, or the data is never there. */
  readonly onDeferred?: (decoding: DeferredDecoding) => void;
}

/** Pictures that are decoded while what has been decoded is used. */
export interface DeferredDecoding {
  /** Bytes of memory that will be taken, by pictures and by the threads that decode them. */
  readonly bytes: number;
  /** Begins. @param rows of the store, in the order in which they will be wanted @throws InputError where there is no room */
  start(rows: Iterable<number>): void;
  /** Waits until all is decoded, and keeps it for later runs where that is a file. */
  finish(): Promise<void>;
  /** Ends it as it stands, and leaves nothing behind; changes nothing after `finish`. */
  stop(): Promise<void>;
}
