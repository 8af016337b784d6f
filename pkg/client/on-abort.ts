/**
 * Listeners of signals that live long and are shared by many: the one that stops a component is waited on by each of its
 * workers and calls. An EventTarget looks through all of its listeners to add or remove one; here that costs the same
 * however many there are.
 */
import { TransientMap } from "#pkg/apimachinery/transient-map.ts";

type Listeners = TransientMap<number, Listener>;

const listenersOf = new WeakMap<AbortSignal, Listeners>();
let lastId = 0;

class Listener implements Disposable {
  readonly #listeners: Listeners;
  readonly #id = ++lastId;
  readonly #call: () => void;

  constructor(listeners: Listeners, call: () => void) {
    this.#listeners = listeners;
    this.#call = call;
    listeners.set(this.#id, this);
  }

  [Symbol.dispose](): void {
    this.#listeners.delete(this.#id);
  }

  fire(): void {
    if (this.#listeners.delete(this.#id)) this.#call();
  }
}

/** Calls once when the signal aborts, unless what it returns is disposed of before. Never for one that has aborted already. */
export function onAbort(signal: AbortSignal, call: () => void): Disposable {
  let listeners = listenersOf.get(signal);
  if (!listeners) {
    listeners = new TransientMap();
    listenersOf.set(signal, listeners);
    const all = listeners;
    const fire = (): void => {
      for (const listener of all.values()) listener.fire();
    };
    signal.addEventListener("abort", fire, { once: true });
  }
  return new Listener(listeners, call);
}
