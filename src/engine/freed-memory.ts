/** The largest block that raises glibc's limits when it is freed: 32 MiB with its header. */
const largestBlock = 2 ** 25 - 2 ** 16;

/**
 * Lets the process keep more of the memory that it frees. ONNX Runtime's binding copies each step's results into new memory; glibc hands
 * what is freed at the end of its heap back to the system, and the next steps pay for fresh pages. Its limits rise with the
 * largest block freed so far ("dynamic mmap threshold" in mallopt(3): 64 MiB may stay), so one is made that nobody keeps; it is
 * never written to and so takes no memory. Other C libraries do not mind.
 *
 * It goes together with freeing results at once (`discard` in lane.ts): what waits for V8's collector would come round through all
 * that is kept, and be out of the cache by then.
 */
export function keepFreedMemory(): void {
  new ArrayBuffer(largestBlock);
}
