/**
 * What V8 is told in a process that serves many. Told while it runs: among the flags of its start these would make the cache of
 * compiled modules useless, which is valid for the flags that it was made with. Measured in docs/performance.md.
 */
import { setFlagsFromString } from "node:v8";

/**
 * The old generation may grow to three times what lived when it was last looked through. V8 by itself decides anew each time,
 * between a tenth more and four times as much, by how fast the heap grew just before: after a while of reads it takes a tenth,
 * and the writes that follow pay for looking through the whole heap again and again.
 */
const heapGrowth = "--heap-growing-percent=200";

/**
 * Bytes of bytecode that one optimized function may take in from those it calls; V8's default is 920. Handling a request is
 * thousands of small functions: what is copied into each other is compiled several times and fills the caches.
 */
const inlining = "--max-inlined-bytecode-size-cumulative=300";

/**
 * Calls until Maglev compiles a function, and until a function counts as settled whose operands have just been of a new kind; V8's
 * defaults are 400 and 500. A server has something to do the moment that it starts, and calls of it are work for thousands of
 * functions each.
 */
const earlyCompilation = ["--invocation-count-for-maglev=150", "--minimum-invocations-after-ic-update=100"];

/** For the whole process: to be called by a program, not by a library. */
export function tuneEngine(): void {
  for (const flag of [heapGrowth, inlining, ...earlyCompilation]) setFlagsFromString(flag);
}
