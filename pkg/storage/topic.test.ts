import assert from "node:assert/strict";
import { test } from "node:test";
import { CachedEvent, cacheObject } from "./stored.ts";
import { type Reader, Topic } from "./topic.ts";
import type { StoreSpec } from "./types.ts";

const spec = { prefix: "/registry/pods/", indexed: [], fieldsOf: () => ({}) } satisfies StoreSpec;

const eventAt = (revision: number): CachedEvent =>
  new CachedEvent(
    "ADDED",
    cacheObject({ key: `/registry/pods/a/${revision}`, value: Buffer.from("{}"), revision }, spec),
  );

const reader = (): Reader => ({ position: 0, positionBytes: 0, behind: false, wake: () => {}, cutOff: () => {} });

test("readers that are equally far get the same array, others theirs", () => {
  const topic = new Topic({ watchQueueEventsMax: 10, watchQueueBytesMax: 1_000_000 });
  const [a, b, late] = [reader(), reader(), reader()];
  const revisions = (one: Reader): number[] => topic.take(one).map(({ event }) => event.revision);
  topic.join(a);
  topic.join(b);
  topic.append(eventAt(1));
  topic.flush();
  topic.append(eventAt(2));
  topic.flush();
  const taken = topic.take(a);
  assert.deepEqual(
    taken.map(({ event }) => event.revision),
    [1, 2],
  );
  assert.equal(topic.take(b), taken);
  topic.join(late);
  topic.append(eventAt(3));
  topic.flush();
  assert.deepEqual(revisions(a), [3]);
  topic.append(eventAt(4));
  topic.flush();
  assert.deepEqual([revisions(a), revisions(b), revisions(late)], [[4], [3, 4], [3, 4]]);
  assert.deepEqual([revisions(a), revisions(b)], [[], []]);
});
