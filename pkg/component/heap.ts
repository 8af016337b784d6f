/** How much garbage V8 lets gather in a process that serves many. */
import { setFlagsFromString } from "node:v8";

/**
 * The old generation may grow to three times what lived when it was last looked through. V8 by itself decides anew each time,
 * between a tenth more and four times as much, by how fast the heap grew just before: after a while of reads it takes a tenth,
 * and the writes that follow pay for looking through the whole heap again and again. For the whole process, and while it
 * runs: among the flags of its start it would make Node's cache of compiled modules useless.
 */
export const letHeapGrow = (): void => setFlagsFromString("--heap-growing-percent=200");
