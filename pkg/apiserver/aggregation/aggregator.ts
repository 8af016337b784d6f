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
import { followObjects, type ObjectConsumer } from "../resources/follow-objects.ts";
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
      this.#follow("apiregistration.k8s.io", "v1", "apiservices", {
        put: (object) => this.#takeApiService(object, true),
        remove: (object) => this.#takeApiService(object, false),
      }),
      this.#follow("apiextensions.k8s.io", "v1", "customresourcedefinitions", {
        put: (object) => this.#takeDefinition(object, true),
        remove: (object) => this.#takeDefinition(object, false),
      }),
    ]);
    const service = ({ metadata }: Readonly<KubeObject>): void => this.#poke(metadata.namespace, metadata.name);
    const slice = ({ metadata }: Readonly<KubeObject>): void =>
      this.#poke(metadata.namespace, metadata.labels?.["kubernetes.io/service-name"]);
    void this.#watch("", "v1", "services", service);
    void this.#watch("discovery.k8s.io", "v1", "endpointslices", slice);
  }

  /** Objects that are looked at only while there are APIs of others. */
  #watch(group: string, version: string, plural: string, seen: (object: Readonly<KubeObject>) => void): Promise<void> {
    const { table, stopping, log } = this.#services;
    const take = (items: readonly WatchItem[]): void => {
      if (this.#monitors.size === 0) return;
      for (const item of items) if (item.kind === "event") seen(item.event.current.object);
    };
    return followStore(table.ensure(group, version, plural).store, take, { signal: stopping, log });
  }

  /** Begins to write. */
  begin(): void {
    this.#working = false;
    this.#kick();
  }

  #follow(group: string, version: string, plural: string, consumer: ObjectConsumer): Promise<void> {
    const { table, stopping, log } = this.#services;
    return followObjects(table.ensure(group, version, plural).store, consumer, { signal: stopping, log });
  }

  #takeApiService(object: Readonly<KubeObject>, isThere: boolean): void {
    const api = object as Readonly<APIService>;
    const name = api.metadata.name ?? "";
    if (isThere) this.#present.set(name, api);
    else this.#present.delete(name);
    this.#oversee(name, isThere ? parseRemoteApi(api) : undefined);
    this.#later(name);
  }

  #takeDefinition(object: Readonly<KubeObject>, isThere: boolean): void {
    const definition = object as unknown as CustomResourceDefinition;
    const names = this.#registrations.set(definition.metadata.name ?? "", isThere ? definition : undefined);
    for (const name of names) this.#later(name);
  }

  /** Looks again at the APIs whose Service an object is, or belongs to. */
  #poke(namespace: string | undefined, service: string | undefined): void {
    for (const { api, monitor } of this.#monitors.values()) {
      if (api.service.name === service && api.service.namespace === namespace) monitor.poke();
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
