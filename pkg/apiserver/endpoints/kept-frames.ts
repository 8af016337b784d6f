/** Frames that are kept with their events, so that all who watch share them: the newest, as far as there is room. */
import { ownMemory } from "#pkg/apimachinery/own-memory.ts";
import { Queue } from "#pkg/apimachinery/queue.ts";

type Memo = Map<string, Buffer>;

interface Kept {
  readonly memo: Memo;
  readonly key: string;
  readonly bytes: number;
}

/** Of all events together. Who is further behind than this makes frames of its own. */
const keptBytesMax = 8 * 1024 * 1024;

export class KeptFrames {
  readonly #bytesMax: number;
  readonly #frames = new Queue<Kept>();
  #bytes = 0;

  constructor(bytesMax = keptBytesMax) {
    this.#bytesMax = bytesMax;
  }

  /** Returns the frame, which nobody may change. */
  keep(memo: Memo, key: string, frame: Buffer): Buffer {
    const kept = ownMemory(frame);
    memo.set(key, kept);
    this.#frames.push({ memo, key, bytes: kept.length });
    this.#bytes += kept.length;
    while (this.#bytes > this.#bytesMax) this.#forgetOldest();
    return kept;
  }

  #forgetOldest(): void {
    const { memo, key, bytes } = this.#frames.shift() as Kept;
    memo.delete(key);
    this.#bytes -= bytes;
  }
}
