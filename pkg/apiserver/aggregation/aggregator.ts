/**
 * Keeps APIServices and the world in step: registers what this server serves, watches over what others serve.
 * https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation/
 */
import type { CustomResourceDefinition } from "#api/types/apiextensions.k8s.io/v1";
import type { APIService } from "#api/types/apiregistration.k8s.io/v1";
import { sameJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { WatchItem } from "#pkg/storage/types.ts";
import { followStore } from "../resources/follow.ts";
import type { ServerServices } from "../services.ts";
import { localAvailability } from "./availability.ts";
import { Monitor } from "./monitor.ts";
import { Registrations } from "./registration.ts";
import { parseRemoteApi, type RemoteApi } from "./remote-api.ts";
import type { RemoteApis } from "./remote-apis.ts";
import { ApiServiceWriter } from "./writer.ts";

const retryMs = 1_000;

export class Aggregator {
  readonly #services: ServerServices;
  readonly #apis: RemoteApis;
  readonly #writer: ApiServiceWriter;
  readonly #registrations = new Registrations();
  readonly #present = new Map<string, Readonly<APIService>>();
  readonly #monitors = new Map<string, { readonly api: RemoteApi; readonly monitor: Monitor }>();
  readonly #pending = new Set<string>();
  /** Nothing is written before the server has what it needs: until then changes gather. */
  #working = true;

  constructor(services: ServerServices, apis: RemoteApis) {
    this.#services = services;
    this.#apis = apis;
    this.#writer = new ApiServiceWriter(services);
    services.stopping.addEventListener("abort", () => this.#stop(), { once: true });
  }

  /** Resolves when every APIService that exists is known: requests for others' APIs can be passed on. */
  async start(): Promise<void> {
    await Promise.all([
      this.#follow("apiregistration.k8s.io", "v1", "apiservices", (items) => this.#takeApiServices(items)),
      this.#follow("apiextensions.k8s.io", "v1", "customresourcedefinitions", (items) => this.#takeDefinitions(items)),
    ]);
    void this.#follow("", "v1", "services", (items) => this.#takeServices(items));
    void this.#follow("discovery.k8s.io", "v1", "endpointslices", (items) => this.#takeSlices(items));
  }

  /** Begins to write. */
  begin(): void {
    this.#working = false;
    this.#kick();
  }

  #follow(group: string, version: string, plural: string, take: (items: readonly WatchItem[]) => void): Promise<void> {
    const { table, stopping, log } = this.#services;
    return followStore(table.ensure(group, version, plural).store, take, { signal: stopping, log });
  }

  #takeApiServices(items: readonly WatchItem[]): void {
    for (const item of items) {
      if (item.kind !== "event") continue;
      const object = item.event.current.object as APIService;
      const name = object.metadata.name ?? "";
      const gone = item.event.type === "DELETED";
      if (gone) this.#present.delete(name);
      else this.#present.set(name, object);
      this.#oversee(name, gone ? undefined : parseRemoteApi(object));
      this.#later(name);
    }
  }

  #takeDefinitions(items: readonly WatchItem[]): void {
    for (const item of items) {
      if (item.kind !== "event") continue;
      const definition = item.event.current.object as unknown as CustomResourceDefinition;
      const gone = item.event.type === "DELETED";
      const names = this.#registrations.set(definition.metadata.name ?? "", gone ? undefined : definition);
      for (const name of names) this.#later(name);
    }
  }

  #takeServices(items: readonly WatchItem[]): void {
    this.#pokeWhere(items, (object) => object.metadata.name);
  }

  #takeSlices(items: readonly WatchItem[]): void {
    this.#pokeWhere(items, (object) => object.metadata.labels?.["kubernetes.io/service-name"]);
  }

  /** Looks again at the APIs whose Service these objects are, or belong to. */
  #pokeWhere(items: readonly WatchItem[], serviceOf: (object: Readonly<KubeObject>) => string | undefined): void {
    if (this.#monitors.size === 0) return;
    for (const item of items) {
      if (item.kind !== "event") continue;
      const { object } = item.event.current;
      const name = serviceOf(object);
      for (const { api, monitor } of this.#monitors.values()) {
        if (api.service.name === name && api.service.namespace === object.metadata.namespace) monitor.poke();
      }
    }
  }

  #oversee(name: string, api: RemoteApi | undefined): void {
    const known = this.#monitors.get(name);
    if (!api) {
      if (!known) return;
      known.monitor[Symbol.dispose]();
      this.#monitors.delete(name);
      this.#apis.remove(known.api);
      return;
    }
    this.#apis.put(api);
    if (!known) {
      const { reader, clock, log } = this.#services;
      const report = this.#writer.setAvailable.bind(this.#writer);
      const monitor = new Monitor(api, { reader, clock, log, apis: this.#apis, report });
      this.#monitors.set(name, { api, monitor });
      return;
    }
    this.#monitors.set(name, { api, monitor: known.monitor });
    const { available: _, ...before } = known.api;
    const { available: __, ...after } = api;
    // Its own report is no reason to look again.
    if (!sameJson(before, after)) known.monitor.poke(api);
  }

  #later(name: string): void {
    this.#pending.add(name);
    this.#kick();
  }

  #kick(): void {
    if (this.#working) return;
    this.#working = true;
    queueMicrotask(() => void this.#work());
  }

  async #work(): Promise<void> {
    const { stopping, log, clock } = this.#services;
    while (this.#pending.size > 0 && !stopping.aborted) {
      const [name = ""] = this.#pending;
      this.#pending.delete(name);
      try {
        await this.#settle(name);
      } catch (err) {
        if (stopping.aborted) break;
        log.warn({ err, apiService: name }, "an APIService was not written");
        clock.after(retryMs, () => this.#later(name));
      }
    }
    this.#working = false;
  }

  async #settle(name: string): Promise<void> {
    const present = this.#present.get(name);
    const step = this.#registrations.plan(name, present);
    if (step.kind === "create") await this.#writer.create(name, step.spec);
    else if (step.kind === "update") await this.#writer.setSpec(name, step.spec);
    else if (step.kind === "remove") await this.#writer.remove(name, step.uid);
    else if (present && !present.spec?.service && !isLocal(present)) {
      await this.#writer.setAvailable(name, localAvailability);
    }
  }

  #stop(): void {
    for (const { monitor } of this.#monitors.values()) monitor[Symbol.dispose]();
    this.#apis.peers[Symbol.dispose]();
  }
}

const isLocal = ({ status }: Readonly<APIService>): boolean =>
  status?.conditions?.some(
    ({ type, status: is, reason }) => type === "Available" && is === "True" && reason === localAvailability.reason,
  ) ?? false;
