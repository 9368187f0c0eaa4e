/** Memory that an arena has handed out. */
export interface Chunk {
  readonly region: Region;
  readonly start: number;
  size: number;
  isFree: boolean;
  before: Chunk | undefined;
  after: Chunk | undefined;
}

/** Memory that an arena has from the system. */
interface Region {
  /** How many were there before it; where it lies is taken to follow from that. */
  readonly number: number;
  /** Bytes from its start that were ever handed out: those that the process really takes. */
  touched: number;
}

/** Sizes are multiples of this. */
const granule = 256;
const firstRegion = 2 ** 20;
const largestRegion = 2 ** 30;
/** A chunk is handed out whole where less than this and than half of it would be left. */
const mostUnused = 2 ** 27;

export function inGranules(bytes: number): number {
  return granule * Math.ceil(bytes / granule);
}

/**
 * ONNX Runtime's arena of a session (`BFCArena`, best fit with coalescing), as far as its size goes: regions that double,
 * the smallest chunk that fits, split where it is twice as large, joined with free neighbours when it is given back. Nothing is
 * given back to the system before the session ends.
 */
export class Arena {
  readonly #regions: Region[] = [];
  /** Free chunks, the smallest first. */
  readonly #free: Chunk[] = [];
  #nextRegion = firstRegion;

  /** Bytes that it has taken of the machine's memory. */
  get touched(): number {
    return this.#regions.reduce((sum, { touched }) => sum + touched, 0);
  }

  allocate(bytes: number): Chunk {
    const size = Math.max(granule, inGranules(bytes));
    const chunk = this.#takeFree(size) ?? this.#extend(size);
    if (chunk.size >= 2 * size || chunk.size - size >= mostUnused) this.#split(chunk, size);
    chunk.isFree = false;
    chunk.region.touched = Math.max(chunk.region.touched, chunk.start + size);
    return chunk;
  }

  free(chunk: Chunk): void {
    chunk.isFree = true;
    const { before, after } = chunk;
    if (after?.isFree === true) {
      this.#remove(after);
      joined(chunk, after);
    }
    if (before?.isFree === true) this.#remove(before);
    this.#insert(before?.isFree === true ? joined(before, chunk) : chunk);
  }

  #takeFree(size: number): Chunk | undefined {
    return this.#free.splice(this.#placeOf({ size }), 1)[0];
  }

  #extend(size: number): Chunk {
    const isEnough = size <= this.#nextRegion;
    while (size > this.#nextRegion) this.#nextRegion *= 2;
    const region = { number: this.#regions.length, touched: 0 };
    this.#regions.push(region);
    const chunk = {
      region,
      start: 0,
      size: this.#nextRegion,
      isFree: true,
      before: undefined,
      after: undefined,
    };
    if (isEnough) this.#nextRegion = Math.min(largestRegion, 2 * this.#nextRegion);
    return chunk;
  }

  #split(chunk: Chunk, size: number): void {
    const { region, start, after } = chunk;
    const rest: Chunk = {
      region,
      start: start + size,
      size: chunk.size - size,
      isFree: true,
      before: chunk,
      after,
    };
    if (after !== undefined) after.before = rest;
    chunk.after = rest;
    chunk.size = size;
    this.#insert(rest);
  }

  #insert(chunk: Chunk): void {
    this.#free.splice(this.#placeOf(chunk), 0, chunk);
  }

  #remove(chunk: Chunk): void {
    this.#free.splice(this.#placeOf(chunk), 1);
  }

  /** Where a chunk stands, or would stand, among the free ones; by its size alone, before all of that size. */
  #placeOf(chunk: Pick<Chunk, "size"> & Partial<Chunk>): number {
    let [low, high] = [0, this.#free.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(this.#free[middle]!, chunk)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** A chunk with the next one as a part of it. */
function joined(chunk: Chunk, next: Chunk): Chunk {
  chunk.size += next.size;
  chunk.after = next.after;
  if (next.after !== undefined) next.after.before = chunk;
  return chunk;
}

/** The order of free chunks: by size, then by address. */
function isBefore(chunk: Chunk, { size, region, start }: Pick<Chunk, "size"> & Partial<Chunk>): boolean {
  if (chunk.size !== size || region === undefined || start === undefined) return chunk.size < size;
  if (chunk.region !== region) return chunk.region.number < region.number;
  return chunk.start < start;
}

/** A value's part of a pattern. */
export interface Block {
  readonly start: number;
  readonly size: number;
}

/**
 * The bytes of the one block in which ONNX Runtime lays the values of a graph from its second run on (`MemPatternPlanner`): each
 * takes the smallest gap between those that live.
 */
export class Pattern {
  readonly #blocks: Block[] = [];
  bytes = 0;

  allocate(bytes: number): Block {
    const size = inGranules(bytes);
    let [end, least, at, place] = [0, Infinity, -1, 0];
    this.#blocks.forEach((block, index) => {
      const gap = block.start - end;
      if (gap >= size && gap < least) [least, at, place] = [gap, end, index];
      end = Math.max(end, block.start + block.size);
    });
    const gap = this.bytes - end;
    if (at < 0 || (gap >= size && gap < least)) [at, place] = [end, this.#blocks.length];
    const block = { start: at, size };
    this.#blocks.splice(place, 0, block);
    this.bytes = Math.max(this.bytes, at + size);
    return block;
  }

  free(block: Block): void {
    this.#blocks.splice(this.#blocks.indexOf(block), 1);
  }
}
