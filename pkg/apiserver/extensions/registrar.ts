/**
 * Keeps the table of served resources as the CustomResourceDefinitions say: follows them in storage, so that a change is
 * seen by the next request, tells in their status what became of them, and empties them when they are deleted.
 */
import { resources } from "#api/gen/resources.ts";
import type { CustomResourceDefinition } from "#api/types/apiextensions.k8s.io/v1";
import { cloneJson, sameJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { WatchItem } from "#pkg/storage/types.ts";
import { followStore } from "../resources/follow.ts";
import type { ResourceTable } from "../resources/table.ts";
import type { ServerServices } from "../services.ts";
import { deleteObject } from "../write/delete.ts";
import type { WriteRequest } from "../write/request.ts";
import { updateObject } from "../write/update.ts";
import { cleanupFinalizer, conditionOf, isEstablished, statusOf, withCondition } from "./conditions.ts";
import { prefixOf, serveVersion } from "./custom-resource.ts";

const systemUser = { name: "system:apiserver", groups: ["system:masters"] };
const retryMs = 1_000;
/** How often a deleted definition is looked at again while its objects go. */
const emptyingMs = 200;

type Definition = Readonly<CustomResourceDefinition>;

export class CustomResourceRegistrar {
  readonly #services: ServerServices;
  readonly #root: string;
  readonly #definitions = new Map<string, Definition>();
  /** What is served for each definition, by version. */
  readonly #served = new Map<
    string,
    { readonly group: string; readonly plural: string; readonly versions: string[] }
  >();
  readonly #pending = new Set<string>();
  #working = false;

  constructor(services: ServerServices, root: string) {
    this.#services = services;
    this.#root = root;
  }

  /** Resolves when every definition that is there is served. */
  start(): Promise<void> {
    const { table, stopping, log } = this.#services;
    const { group, version, plural } = resources.customresourcedefinitions;
    const { store } = table.ensure(group, version, plural);
    return followStore(store, (items) => this.#consume(items), { signal: stopping, log });
  }

  #consume(items: readonly WatchItem[]): void {
    for (const item of items) {
      if (item.kind !== "event") continue;
      const definition = item.event.current.object as unknown as Definition;
      const name = definition.metadata.name ?? "";
      if (item.event.type === "DELETED") {
        this.#definitions.delete(name);
        this.#withdraw(name, definition);
      } else {
        this.#definitions.set(name, definition);
        this.#serve(name, definition);
      }
      this.#later(name);
      // Names that were taken may be free now.
      for (const [other, { spec, status }] of this.#definitions) {
        const accepted = status?.conditions?.find(({ type }) => type === "NamesAccepted")?.status === "True";
        if (other !== name && spec.group === definition.spec.group && !accepted) this.#later(other);
      }
    }
  }

  #serve(name: string, definition: Definition): void {
    const { table, storage } = this.#services;
    if (!isEstablished(definition)) return;
    const { group, names, versions } = definition.spec;
    const wanted = versions.filter(({ served }) => served);
    const before = this.#served.get(name)?.versions ?? [];
    for (const version of before) {
      if (!wanted.some((one) => one.name === version)) table.remove(group, version, names.plural);
    }
    for (const version of wanted) {
      try {
        table.add(serveVersion(definition, version, { storage, root: this.#root }));
      } catch (err) {
        this.#services.log.warn({ err, definition: name, version: version.name }, "a custom resource cannot be served");
      }
    }
    this.#served.set(name, { group, plural: names.plural, versions: wanted.map((one) => one.name) });
  }

  #withdraw(name: string, definition: Definition): void {
    const { table, storage } = this.#services;
    const served = this.#served.get(name);
    if (!served) return;
    this.#served.delete(name);
    for (const version of served.versions) table.remove(served.group, version, served.plural);
    storage.release(prefixOf(definition, this.#root));
  }

  #later(name: string): void {
    this.#pending.add(name);
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
        log.warn({ err, definition: name }, "the status of a custom resource definition was not written");
        clock.after(retryMs, () => this.#later(name));
      }
    }
    this.#working = false;
  }

  async #settle(name: string): Promise<void> {
    const definition = this.#definitions.get(name);
    if (!definition) return;
    if (definition.metadata.deletionTimestamp) {
      await this.#empty(name, definition);
      return;
    }
    const others = [...this.#definitions.values()].filter(
      (other) => other !== definition && other.spec.group === definition.spec.group,
    );
    const status = statusOf(definition, others, this.#services.clock.now());
    if (sameJson(status, definition.status)) return;
    await this.#write(name, "status", (next) => {
      next.status = statusOf(next, others, this.#services.clock.now());
    });
  }

  /** Deletes what there is of a resource whose definition goes; then lets the definition go. */
  async #empty(name: string, definition: Definition): Promise<void> {
    if (!definition.metadata.finalizers?.includes(cleanupFinalizer)) return;
    const left = await this.#deleteObjects(name, definition);
    const now = this.#services.clock.now();
    if (left > 0) {
      if (conditionOf(definition, "Terminating")?.reason !== "InstanceDeletionInProgress") {
        await this.#write(name, "status", (next) => {
          const message = "CustomResource deletion is in progress";
          const condition = {
            type: "Terminating",
            status: "True" as const,
            reason: "InstanceDeletionInProgress",
            message,
          };
          next.status = { ...next.status, conditions: withCondition(next.status?.conditions ?? [], now, condition) };
        });
      }
      this.#services.clock.after(emptyingMs, () => this.#later(name));
      return;
    }
    await this.#write(name, "", (next) => {
      next.metadata.finalizers = (next.metadata.finalizers ?? []).filter((one) => one !== cleanupFinalizer);
    });
  }

  async #deleteObjects(name: string, definition: Definition): Promise<number> {
    const { table } = this.#services;
    const served = this.#served.get(name);
    const version = served?.versions[0];
    if (!served || version === undefined) return 0;
    const resource = table.lookup(served.group, version, definition.spec.names.plural);
    if (!resource) return 0;
    const { items } = await resource.store.list({ prefix: resource.prefixOf(""), at: { kind: "latest" } });
    for (const { object } of items) {
      const { namespace = "", name: one = "", deletionTimestamp } = object.metadata;
      if (deletionTimestamp) continue;
      await deleteObject(this.#request(resource, namespace, one), {}).catch((error: unknown) => {
        if (!(error instanceof StatusError && error.reason === "NotFound")) throw error;
      });
    }
    const after = await resource.store.list({ prefix: resource.prefixOf(""), at: { kind: "latest" }, limit: 1 });
    return after.items.length;
  }

  async #write(
    name: string,
    subresource: "" | "status",
    change: (next: CustomResourceDefinition) => void,
  ): Promise<void> {
    const { group, version, plural } = resources.customresourcedefinitions;
    const resource = this.#services.table.ensure(group, version, plural);
    const transform = (current: Readonly<KubeObject>): KubeObject => {
      const next = cloneJson(current) as unknown as CustomResourceDefinition;
      change(next);
      return next as unknown as KubeObject;
    };
    try {
      const write = this.#request(resource, "", name);
      const manager = subresource === "status" ? "kube-apiserver" : undefined;
      await updateObject({ ...write, subresource, manager }, transform, { system: true });
    } catch (error) {
      if (!(error instanceof StatusError && error.reason === "NotFound")) throw error;
    }
  }

  #request(resource: ReturnType<ResourceTable["ensure"]>, namespace: string, name: string): WriteRequest {
    return {
      services: this.#services,
      resource,
      namespace,
      name,
      subresource: "",
      user: systemUser,
      dryRun: false,
      manager: undefined,
      warn: () => {},
    };
  }
}
