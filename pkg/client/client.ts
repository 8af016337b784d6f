/** `connect`: the typed client of one server. */
import { type ResourceRef, resources } from "#api/gen/resources.ts";
import { type Clock, systemClock } from "#pkg/apimachinery/clock.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { parseReply, RestResource } from "./resource-client.ts";
import { Transport } from "./transport.ts";
import type { CallOptions, Client, Connection, ResourceClient, ResourceOptions, TypedClients } from "./types.ts";

/** Connects lazily: the first call opens the first session. Dispose it to break off all calls and watches. */
export function connect(connection: Connection, clock: Clock = systemClock): Client {
  const transport = new Transport(connection, clock);
  return clientOver(transport);
}

export function clientOver(transport: Transport): Client {
  const typed = Object.fromEntries(
    Object.entries(resources).map(([name, ref]) => [name, new RestResource(transport, ref as ResourceRef<KubeObject>)]),
  ) as unknown as TypedClients;
  return {
    ...typed,
    resource: <T extends KubeObject>(ref: ResourceRef<T>, options?: ResourceOptions): ResourceClient<T> =>
      new RestResource<T>(transport, ref, options),
    async request<R = unknown>(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<R> {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const { signal, timeoutMs } = options;
      const text = (await transport.call({ method, path, signal, timeoutMs, ...sent })).toString();
      return (/^\s*[[{]/.test(text) ? parseReply(text) : text) as R;
    },
    async [Symbol.asyncDispose]() {
      transport.close();
    },
  };
}
