/** One callback at the end of the event loop's turn for all connections that have something to send. */

export interface Flushable {
  flush(): void;
}

let dirty: Flushable[] = [];

/** `flush` is called once, after what this turn reads has been handled. The caller sees to it that it asks once. */
export function flushAfterTurn(connection: Flushable): void {
  if (dirty.push(connection) === 1) setImmediate(flushAll);
}

function flushAll(): void {
  const connections = dirty;
  dirty = [];
  for (const connection of connections) connection.flush();
}
