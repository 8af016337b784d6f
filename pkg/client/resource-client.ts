/** The verbs of one resource over the transport. */
import type { ResourceRef } from "#api/gen/resources.ts";
import type { DeleteOptions } from "#api/types/meta/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { parseJson } from "./json.ts";
import { listQuery, type PathParts, pathOf, watchQuery, writeQuery } from "./paths.ts";
import type { Exchange, Transport } from "./transport.ts";
import type {
  Address,
  CallOptions,
  ListParameters,
  ObjectList,
  PatchParameters,
  PatchType,
  ResourceClient,
  ResourceOptions,
  WatchMessage,
  WatchParameters,
  WriteParameters,
} from "./types.ts";
import { watchBatches } from "./watch-stream.ts";

const patchTypes: Readonly<Record<PatchType, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

type Call = Pick<Exchange, "method" | "body" | "headers"> & PathParts & { readonly query?: string };

export class RestResource<T extends KubeObject> implements ResourceClient<T> {
  readonly ref: ResourceRef<T>;
  readonly #transport: Transport;
  readonly #identity: { apiVersion: string; kind: string };
  readonly #metadataOnly: boolean;

  constructor(transport: Transport, ref: ResourceRef<T>, { metadataOnly = false }: ResourceOptions = {}) {
    this.#transport = transport;
    this.#metadataOnly = metadataOnly;
    this.ref = ref;
    this.#identity = { apiVersion: ref.group ? `${ref.group}/${ref.version}` : ref.version, kind: ref.kind };
  }

  get(address: Address, options: CallOptions & { resourceVersion?: string } = {}): Promise<T> {
    const query = options.resourceVersion === undefined ? "" : `?resourceVersion=${options.resourceVersion}`;
    return this.#json<T>({ method: "GET", ...address, query, ...this.#accept("PartialObjectMetadata") }, options);
  }

  list(parameters: ListParameters = {}): Promise<ObjectList<T>> {
    const { namespace } = parameters;
    const headers = this.#accept("PartialObjectMetadataList");
    return this.#json({ method: "GET", namespace, query: listQuery(parameters), ...headers }, parameters);
  }

  async *watch(parameters: WatchParameters = {}): AsyncGenerator<WatchMessage<T>, void, undefined> {
    for await (const batch of this.watchBatches(parameters)) yield* batch;
  }

  watchBatches(parameters: WatchParameters = {}): AsyncGenerator<WatchMessage<T>[], void, undefined> {
    const { namespace, signal, timeoutMs, timeoutSeconds } = parameters;
    const path = pathOf(this.ref, { namespace }) + watchQuery(parameters);
    const accept = this.#accept("PartialObjectMetadata").headers?.accept;
    return watchBatches<T>(this.#transport, { path, signal, timeoutMs, timeoutSeconds, ...(accept ? { accept } : {}) });
  }

  /** Asks for metadata in the given shape, where this client is for metadata only. */
  #accept(as: string): { headers?: { accept: string } } {
    return this.#metadataOnly ? { headers: { accept: `application/json;as=${as};g=meta.k8s.io;v=v1` } } : {};
  }

  create(object: T, options: WriteParameters = {}): Promise<T> {
    const { namespace } = object.metadata;
    return this.#json({ method: "POST", namespace, body: this.#bodyOf(object), query: writeQuery(options) }, options);
  }

  update(object: T, options: WriteParameters = {}): Promise<T> {
    return this.#put(object, undefined, options);
  }

  updateStatus(object: T, options: WriteParameters = {}): Promise<T> {
    return this.#put(object, "status", options);
  }

  async #put(object: T, subresource: string | undefined, options: WriteParameters): Promise<T> {
    const { namespace, name } = object.metadata;
    if (!name) throw new StatusError("BadRequest", "resource name may not be empty");
    const body = this.#bodyOf(object);
    return this.#json({ method: "PUT", namespace, name, subresource, body, query: writeQuery(options) }, options);
  }

  patch(address: Address, patch: unknown, parameters: PatchParameters): Promise<T> {
    const { type, subresource } = parameters;
    const headers = { "content-type": patchTypes[type] };
    const body = typeof patch === "string" ? patch : JSON.stringify(patch);
    return this.#json(
      { method: "PATCH", ...address, subresource, body, headers, query: writeQuery(parameters) },
      parameters,
    );
  }

  async delete(address: Address, options: WriteParameters & { readonly body?: DeleteOptions } = {}): Promise<void> {
    const query = writeQuery(options);
    await this.#call({ method: "DELETE", ...address, query, ...deleteBody(options.body) }, options);
  }

  async deleteCollection(parameters: ListParameters & { readonly body?: DeleteOptions }): Promise<void> {
    const { namespace, body } = parameters;
    await this.#call({ method: "DELETE", namespace, query: listQuery(parameters), ...deleteBody(body) }, parameters);
  }

  async subresource<R = unknown>(
    method: "GET" | "POST" | "PUT",
    address: Address,
    name: string,
    body?: unknown,
    options: WriteParameters = {},
  ): Promise<R> {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const reply = await this.#call(
      { method, ...address, subresource: name, query: writeQuery(options), ...sent },
      options,
    );
    const text = reply.toString();
    return (name === "log" ? text : parseReply(text)) as R;
  }

  #bodyOf(object: T): string {
    return JSON.stringify({ ...object, ...this.#identity });
  }

  async #json<R>(call: Call, options: CallOptions): Promise<R> {
    return parseReply((await this.#call(call, options)).toString()) as R;
  }

  #call({ method, body, headers, query = "", ...parts }: Call, { signal, timeoutMs }: CallOptions): Promise<Buffer> {
    const path = pathOf(this.ref, parts) + query;
    return this.#transport.call({
      method,
      path,
      signal,
      timeoutMs,
      ...(body === undefined ? {} : { body }),
      ...(headers === undefined ? {} : { headers }),
    });
  }
}

const deleteBody = (body: DeleteOptions | undefined): { body?: string } =>
  body === undefined ? {} : { body: JSON.stringify({ apiVersion: "v1", kind: "DeleteOptions", ...body }) };

export function parseReply(text: string): unknown {
  if (text === "") return undefined;
  try {
    return parseJson(text);
  } catch (cause) {
    throw new StatusError("InternalError", "the server's answer is not JSON", { cause });
  }
}
