/** One callback at the end of the event loop's turn for all connections that have something to send. */

export interface Flushable {
  flush(): void;
}

/** From so many connections on that send at once each sends less at a time. */
const crowdMin = 64;

let dirty: Flushable[] = [];
let crowd = 0;

/** Whether many connections sent in the turn before: what one of them needs at a time all of them do. */
export const isCrowded = (): boolean => crowd >= crowdMin;

/** `flush` is called once, after what this turn reads has been handled. The caller sees to it that it asks once. */
export function flushAfterTurn(connection: Flushable): void {
  if (dirty.push(connection) === 1) setImmediate(flushAll);
}

function flushAll(): void {
  const connections = dirty;
  dirty = [];
  crowd = connections.length;
  for (const connection of connections) connection.flush();
}
