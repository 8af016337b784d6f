/** Some controllers over an API server of our own, with real etcd; the pods are whatever a test says they are. */
import assert from "node:assert/strict";
import type { Pod } from "#api/types/core/v1";
import type { Client } from "#pkg/client/index.ts";
import { type ControllerManagerOptions, startControllerManager } from "#pkg/controller/index.ts";
import { startTestApiServer, type TestApiServer } from "#test/support/apiserver.ts";
import { eventually } from "#test/support/cluster.ts";

export interface TestControllers extends AsyncDisposable {
  readonly server: TestApiServer;
  readonly client: Client;
}

/** Each controller acts with the rights of its own service account. Owns the server, also one that was `started` already. */
export async function startControllers(
  controllers: readonly string[],
  more: Partial<ControllerManagerOptions> = {},
  started?: TestApiServer,
): Promise<TestControllers> {
  const server = started ?? (await startTestApiServer());
  const stop = new AbortController();
  const options = {
    connection: server.connection("controller-manager"),
    controllers: ["serviceaccount-controller", ...controllers],
    useServiceAccountCredentials: true,
    ...more,
  };
  const manager = await startControllerManager(options, { signal: stop.signal });
  return {
    server,
    client: server.client,
    async [Symbol.asyncDispose]() {
      await manager[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** What a kubelet would say of a pod. */
export async function setPod(client: Client, name: string, ready: boolean, more: object = {}): Promise<Pod> {
  const address = { namespace: "default", name };
  const now = new Date().toISOString().replace(/\.\d+/, "");
  const conditions = [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime: now }];
  const status = { phase: "Running", conditions, ...more };
  return client.pods.patch(address, { status }, { type: "strategic", subresource: "status" });
}

/** Reasons and messages of the events about an object. */
export async function eventsAbout(client: Client, name: string): Promise<string[]> {
  const fieldSelector = `involvedObject.name=${name}`;
  const { items } = await client.events.list({ namespace: "default", fieldSelector });
  return items.map(({ reason, message }) => `${reason}: ${message}`);
}

/** Waits for an event about an object whose `reason: message` is the text, or matches the pattern. */
export const untilEvent = (client: Client, name: string, expected: string | RegExp): Promise<unknown> =>
  eventually(async () => {
    const events = await eventsAbout(client, name);
    const found = events.some((text) => (typeof expected === "string" ? text === expected : expected.test(text)));
    assert.ok(found, `${expected} is not among\n${events.join("\n")}`);
    return true;
  });
