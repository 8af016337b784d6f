/** Two copies of a component over one API server: one works, the other takes over at once when the first ends in good order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createLogger } from "#pkg/apimachinery/log.ts";
import { connect, lead } from "#pkg/client/index.ts";
import { pkiPaths } from "#pkg/pki/index.ts";
import { startTestApiServer } from "#test/support/apiserver.ts";
import { eventually } from "#test/support/cluster.ts";

const times = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 200 };
const election = { enabled: true, namespace: "kube-system", name: "kube-scheduler", ...times };

test("one copy leads at a time, and a lease that is given back is taken at once", async () => {
  await using server = await startTestApiServer();
  await using client = connect(server.connection(pkiPaths.scheduler));
  const log = createLogger("leadership-test");
  const working = new Set<string>();
  const start = (name: string) => {
    const stop = new AbortController();
    const done = lead({ election, client, log }, stop.signal, async (signal) => {
      working.add(name);
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      working.delete(name);
    });
    return { stop, done };
  };
  const first = start("first");
  await eventually(async () => working.has("first"));
  const second = start("second");
  await sleep(1000);
  assert.deepEqual([...working], ["first"]);
  first.stop.abort();
  await first.done;
  await eventually(async () => working.has("second"), { withinMs: 5000 });
  assert.deepEqual([...working], ["second"]);
  second.stop.abort();
  await second.done;
});
