/**
 * Listeners of signals that live long and are shared by many: the one that stops a component is waited on by each of its
 * workers and calls. An EventTarget looks through all of its listeners to add or remove one; here that costs the same
 * however many there are.
 */
const listenersOf = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls once when the signal aborts, unless `offAbort` comes first. Never for a signal that has aborted already. */
export function onAbort(signal: AbortSignal, call: () => void): void {
  let listeners = listenersOf.get(signal);
  if (!listeners) {
    listeners = new Set();
    listenersOf.set(signal, listeners);
    const all = listeners;
    signal.addEventListener("abort", () => fire(all), { once: true });
  }
  listeners.add(call);
}

export function offAbort(signal: AbortSignal, call: () => void): void {
  listenersOf.get(signal)?.delete(call);
}

function fire(listeners: Set<() => void>): void {
  for (const call of listeners) {
    listeners.delete(call);
    call();
  }
}
