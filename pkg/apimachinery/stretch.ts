/**
 * Long work gives way: it is done in stretches, and between two of them everybody else gets a turn of the event loop. Of all
 * work that has given way one piece goes on in each turn, so that many long answers hold others up no longer than one.
 */
const waiting: (() => void)[] = [];

/**
 * So long others wait while a stretch goes on, ms. A read goes through half a dozen turns, to etcd and back, and every one of
 * them may take as long. A turn in which nobody else has anything to do costs a fiftieth of it.
 */
const msMaxDefault = 0.5;

function goOn(): void {
  const first = waiting.shift();
  if (waiting.length > 0) setImmediate(goOn);
  first?.();
}

/** One stretch after the other of some work that does not wait for anything else. */
export class Stretch {
  readonly #msMax: number;
  #beganMs = performance.now();

  constructor(msMax = msMaxDefault) {
    this.#msMax = msMax;
  }

  /** The work should give way. Asking costs some 50 ns. */
  get isOver(): boolean {
    return performance.now() - this.#beganMs >= this.#msMax;
  }

  /** Resolves when the others have had their turn: the next stretch begins. Whoever waits for the work may have gone. */
  async giveWay(): Promise<void> {
    await new Promise<void>((resolve) => {
      if (waiting.push(resolve) === 1) setImmediate(goOn);
    });
    this.#beganMs = performance.now();
  }
}
