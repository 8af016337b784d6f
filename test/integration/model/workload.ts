/** One client that does random things, and writes down what it asked and what it was told. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Seen } from "./history.ts";
import type { Answer, Http } from "./http.ts";
import type { ListOperation, Operation, ReadMode, WriteResult } from "./operations.ts";
import type { Random } from "./random.ts";
import { readValue } from "./recorder.ts";

export const namespaces = ["model-a", "model-b"] as const;
export const colors = ["red", "green", "blue"] as const;
const names = Array.from({ length: 12 }, (_, i) => `m${i}`);

/** After an answer that did not come. */
const pauseMs = 20;

const weights = {
  create: 20,
  update: 14,
  same: 3,
  mergePatch: 12,
  jsonPatch: 3,
  delete: 13,
  deleteCollection: 0.6,
  get: 14,
  list: 6,
  listBySelector: 3,
  pages: 3,
  listAt: 6,
} as const;

type Kind = keyof typeof weights;

interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels?: { readonly color?: string };
}

export interface ObjectBody {
  readonly metadata: Metadata;
  readonly data?: Readonly<Record<string, string>>;
}

interface ListBody {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly ObjectBody[];
}

export const seenOf = (body: ObjectBody): Seen => ({
  ...readValue(body),
  key: `${body.metadata.namespace}/${body.metadata.name}`,
  revision: Number(body.metadata.resourceVersion),
});

/** What one of the clients has seen last of each object: what it bases its updates on. */
type Memory = Map<string, ObjectBody>;

export class Worker {
  readonly operations: Operation[] = [];
  readonly #name: string;
  readonly #random: Random;
  readonly #servers: readonly Http[];
  readonly #memory: Memory = new Map();
  /** A revision that this client was told. */
  #known = 0;
  #count = 0;

  constructor(name: string, random: Random, servers: readonly Http[]) {
    this.#name = name;
    this.#random = random;
    this.#servers = servers;
  }

  /** One operation. Whether its answer says what became of it. */
  async step(): Promise<boolean> {
    const kind = this.#random.weighted<Kind>(weights);
    const operation = await this.#do(kind, `${this.#name}-${this.#count++}`);
    this.operations.push(operation);
    const answered = !("result" in operation && operation.result.kind === "unknown");
    if (!answered) await sleep(pauseMs);
    return answered;
  }

  #do(kind: Kind, id: string): Promise<Operation> {
    const namespace = this.#random.pick(namespaces);
    const name = this.#random.pick(names);
    switch (kind) {
      case "create":
        return this.#create(id, namespace, name);
      case "update":
        return this.#update(id, `${namespace}/${name}`, false);
      case "same":
        return this.#update(id, `${namespace}/${name}`, true);
      case "mergePatch":
      case "jsonPatch":
        return this.#patch(id, namespace, name, kind === "jsonPatch");
      case "delete":
        return this.#delete(id, namespace, name);
      case "deleteCollection":
        return this.#deleteCollection(id, namespace);
      case "get":
        return this.#get(id, namespace, name);
      case "list":
        return this.#list(id, namespace, { kind: "latest" });
      case "listBySelector":
        return this.#list(id, namespace, { kind: "latest" }, this.#random.pick(colors));
      case "pages":
        return this.#pages(id, namespace);
      case "listAt":
        return this.#list(id, namespace, this.#mode());
    }
  }

  #mode(): ReadMode {
    const kind = this.#random.pick(["any", "notOlderThan", "exact"] as const);
    if (kind === "any" || this.#known === 0) return { kind: "any" };
    const back = kind === "exact" ? this.#random.below(60) : 0;
    return { kind, revision: Math.max(1, this.#known - back) };
  }

  /** Times the exchange. A connection that broke is an answer that nobody knows. */
  async #ask(method: string, path: string, body?: unknown, contentType?: string) {
    const begin = performance.now();
    const http = this.#random.pick(this.#servers);
    const answer = await http
      .ask(method, path, body, contentType)
      .catch((): Answer => ({ status: 0, body: undefined }));
    return { begin, end: performance.now(), answer };
  }

  #write(key: string, { status, body }: Answer): WriteResult {
    if (status === 200 || status === 201) {
      const seen = seenOf(body as ObjectBody);
      this.#memory.set(key, body as ObjectBody);
      this.#known = Math.max(this.#known, seen.revision);
      return { kind: "done", seen };
    }
    if (status === 404) this.#memory.delete(key);
    if (status === 404) return { kind: "missing" };
    if (status !== 409) return { kind: this.#unknown(status, body) };
    return { kind: (body as { reason: string }).reason === "AlreadyExists" ? "exists" : "conflict" };
  }

  /** Failures of what lies beneath are no answers; any other refusal is a fault of the test or the server. */
  #unknown(status: number, body: unknown): "unknown" {
    if (status === 0 || status >= 500 || status === 429) return "unknown";
    throw new Error(`unexpected answer ${status}: ${JSON.stringify(body)}`);
  }

  async #create(id: string, namespace: string, name: string): Promise<Operation> {
    const object = {
      metadata: { name, namespace, labels: { color: this.#random.pick(colors) } },
      data: { writer: id, first: id },
    };
    const { answer, ...times } = await this.#ask("POST", pathOf(namespace), object);
    const key = `${namespace}/${name}`;
    return { ...times, id, kind: "create", key, result: this.#write(key, answer) };
  }

  async #update(id: string, wanted: string, same: boolean): Promise<Operation> {
    const key = this.#memory.has(wanted) ? wanted : (this.#random.pick([...this.#memory.keys()]) ?? wanted);
    const known = this.#memory.get(key);
    const [namespace = "", name = ""] = key.split("/");
    if (!known) return this.#get(id, namespace, name);
    const changed = {
      ...known,
      metadata: { ...known.metadata, labels: { color: this.#random.pick(colors) } },
      data: { ...known.data, writer: id },
    };
    const { answer, ...times } = await this.#ask("PUT", pathOf(namespace, name), same ? known : changed);
    const expected = Number(known.metadata.resourceVersion);
    return { ...times, id, kind: "update", key, expected, same, result: this.#write(key, answer) };
  }

  async #patch(id: string, namespace: string, name: string, isJsonPatch: boolean): Promise<Operation> {
    const slot = `slot${this.#random.below(4)}`;
    const data = { writer: id, [slot]: id };
    const color = isJsonPatch || this.#random.below(3) > 0 ? undefined : this.#random.pick(colors);
    const merge = { ...(color ? { metadata: { labels: { color } } } : {}), data };
    const json = Object.entries(data).map(([member, value]) => ({ op: "add", path: `/data/${member}`, value }));
    const type = isJsonPatch ? "application/json-patch+json" : "application/merge-patch+json";
    const { answer, ...times } = await this.#ask("PATCH", pathOf(namespace, name), isJsonPatch ? json : merge, type);
    const key = `${namespace}/${name}`;
    return { ...times, id, kind: "patch", key, data, color, result: this.#write(key, answer) };
  }

  async #delete(id: string, namespace: string, name: string): Promise<Operation> {
    const key = `${namespace}/${name}`;
    const known = this.#memory.get(key)?.metadata.uid;
    const uid = known && this.#random.below(2) === 0 ? known : undefined;
    const options = uid ? { preconditions: { uid } } : undefined;
    const { answer, ...times } = await this.#ask("DELETE", pathOf(namespace, name), options);
    const { status, body } = answer;
    const operation = { ...times, id, kind: "delete" as const, key, uid };
    if (status === 200) {
      const { details } = body as { details: { uid: string } };
      return { ...operation, result: { kind: "done", uid: details.uid } };
    }
    if (status === 404) return { ...operation, result: { kind: "missing" } };
    return { ...operation, result: { kind: status === 409 ? "conflict" : this.#unknown(status, body) } };
  }

  async #deleteCollection(id: string, namespace: string): Promise<Operation> {
    const color = this.#random.pick(colors);
    const { answer, ...times } = await this.#ask("DELETE", `${pathOf(namespace)}?labelSelector=color%3D${color}`);
    const { status, body } = answer;
    if (status !== 200) this.#unknown(status, body);
    const uids = status === 200 ? (body as ListBody).items.map(({ metadata }) => metadata.uid) : undefined;
    return { ...times, id, kind: "deleteCollection", namespace, color, uids };
  }

  async #get(id: string, namespace: string, name: string): Promise<Operation> {
    const mode: ReadMode = this.#random.below(4) === 0 ? { kind: "any" } : { kind: "latest" };
    const query = mode.kind === "any" ? "?resourceVersion=0" : "";
    const { answer, ...times } = await this.#ask("GET", pathOf(namespace, name) + query);
    const { status, body } = answer;
    const key = `${namespace}/${name}`;
    const operation = { ...times, id, kind: "get" as const, key, mode };
    if (status === 404) return { ...operation, result: { kind: "missing" } };
    if (status !== 200) return { ...operation, result: { kind: this.#unknown(status, body) } };
    this.#memory.set(key, body as ObjectBody);
    return { ...operation, result: { kind: "found", seen: seenOf(body as ObjectBody) } };
  }

  async #list(id: string, namespace: string, mode: ReadMode, color?: string): Promise<Operation> {
    const query = new URLSearchParams(color ? { labelSelector: `color=${color}` } : {});
    if (mode.kind === "any") query.set("resourceVersion", "0");
    if (mode.kind === "exact" || mode.kind === "notOlderThan") {
      query.set("resourceVersion", String(mode.revision));
      query.set("resourceVersionMatch", mode.kind === "exact" ? "Exact" : "NotOlderThan");
    }
    const { answer, ...times } = await this.#ask("GET", `${pathOf(namespace)}?${query}`);
    return { ...times, id, kind: "list", namespace, color, mode, result: this.#listed(answer) };
  }

  #listed({ status, body }: Answer): ListOperation["result"] {
    if (status === 410) return { kind: "expired" };
    if (status !== 200) return { kind: this.#unknown(status, body) };
    const { metadata, items } = body as ListBody;
    for (const item of items) this.#memory.set(`${item.metadata.namespace}/${item.metadata.name}`, item);
    const revision = Number(metadata.resourceVersion);
    this.#known = Math.max(this.#known, revision);
    return { kind: "found", items: items.map(seenOf), revision };
  }

  /** All pages of one list are one answer, of one revision. */
  async #pages(id: string, namespace: string): Promise<Operation> {
    const limit = 1 + this.#random.below(5);
    const items: Seen[] = [];
    const begin = performance.now();
    const operation = { id, kind: "list" as const, namespace, color: undefined, mode: { kind: "latest" } as ReadMode };
    let token = "";
    let revision = 0;
    let end = 0;
    do {
      const query = new URLSearchParams({ limit: String(limit), ...(token ? { continue: token } : {}) });
      const page = await this.#ask("GET", `${pathOf(namespace)}?${query}`);
      const result = this.#listed(page.answer);
      // Only the first page is bound to be of the newest state.
      end ||= page.end;
      if (result.kind !== "found") return { ...operation, begin, end: page.end, result };
      if (revision !== 0 && result.revision !== revision)
        throw new Error(`${id}: pages of ${revision} and ${result.revision}`);
      revision = result.revision;
      items.push(...result.items);
      token = (page.answer.body as ListBody).metadata.continue ?? "";
    } while (token !== "");
    return { ...operation, begin, end, result: { kind: "found", items, revision } };
  }
}

export const pathOf = (namespace: string, name?: string): string =>
  `/api/v1/namespaces/${namespace}/configmaps${name === undefined ? "" : `/${name}`}`;
