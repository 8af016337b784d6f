import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "#test/support/fake-clock.ts";
import { Changes } from "./changes.ts";

const cases = [
  { name: "a change", wake: ({ changes }: Parts) => changes.notify() },
  { name: "time", wake: ({ clock }: Parts) => void clock.advance(1000) },
  { name: "an abort", wake: ({ stop }: Parts) => stop.abort() },
];

interface Parts {
  readonly changes: Changes;
  readonly clock: FakeClock;
  readonly stop: AbortController;
}

for (const { name, wake } of cases) {
  test(`${name} ends the wait of everybody`, async () => {
    const parts = { changes: new Changes(), clock: new FakeClock(), stop: new AbortController() };
    const { changes, clock, stop } = parts;
    let woken = 0;
    const wait = () => changes.next({ clock, withinMs: 1000, signal: stop.signal }).then(() => woken++);
    const waits = [wait(), wait()];
    await Promise.resolve();
    assert.equal(woken, 0);
    wake(parts);
    await Promise.all(waits);
    assert.equal(woken, 2);
  });
}
