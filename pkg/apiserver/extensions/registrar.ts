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
import type { ServerServices } from "../services.ts";
import type { WebhookClient } from "../webhook/index.ts";
import { updateObject } from "../write/update.ts";
import { areNamesAccepted, cleanupFinalizer, isEstablished, statusOf, withCondition } from "./conditions.ts";
import { deleteInstances } from "./instances.ts";
import { ServedDefinitions } from "./served-definitions.ts";
import { systemWrite } from "./system-write.ts";

const retryMs = 1_000;
/** How long a deleted definition waits until it is looked at again while its objects go: longer each time. */
const emptyingMsMin = 100;
const emptyingMsMax = 5_000;

type Definition = Readonly<CustomResourceDefinition>;

export interface RegistrarOptions {
  /** `/registry`. */
  readonly root: string;
  readonly client: WebhookClient;
}

export class CustomResourceRegistrar {
  readonly #services: ServerServices;
  readonly #served: ServedDefinitions;
  readonly #definitions = new Map<string, Definition>();
  readonly #pending = new Set<string>();
  /** Definitions whose objects are going, with the wait before the next look, ms. */
  readonly #emptying = new Map<string, number>();
  #working = false;

  constructor(services: ServerServices, options: RegistrarOptions) {
    this.#services = services;
    this.#served = new ServedDefinitions({ services, ...options });
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
      const before = this.#definitions.get(name);
      if (item.event.type === "DELETED") {
        this.#definitions.delete(name);
        this.#emptying.delete(name);
        this.#served.delete(name, definition);
      } else {
        this.#definitions.set(name, definition);
        this.#served.set(name, definition);
        this.#later(name);
      }
      const accepted = item.event.type === "DELETED" ? undefined : definition.status?.acceptedNames;
      if (before && !sameJson(before.status?.acceptedNames ?? null, accepted ?? null))
        this.#othersLater(name, definition);
    }
  }

  /** Names that were taken may be free now. */
  #othersLater(name: string, { spec }: Definition): void {
    for (const [other, definition] of this.#definitions) {
      if (other !== name && definition.spec.group === spec.group && !areNamesAccepted(definition)) this.#later(other);
    }
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
      this.#empty(name, definition);
      return;
    }
    const others = [...this.#definitions.values()].filter(
      (other) => other !== definition && other.spec.group === definition.spec.group,
    );
    const nowMs = this.#services.clock.now();
    if (sameJson(statusOf(definition, others, nowMs), definition.status)) return;
    await this.#write(name, "status", (next) => {
      next.status = statusOf(next, others, nowMs);
    });
  }

  /** Deletes what there is of a resource whose definition goes; then lets the definition go. Others do not wait for it. */
  #empty(name: string, definition: Definition): void {
    if (!definition.metadata.finalizers?.includes(cleanupFinalizer) || this.#emptying.has(name)) return;
    this.#emptying.set(name, emptyingMsMin);
    void this.#emptyRounds(name);
  }

  async #emptyRounds(name: string): Promise<void> {
    const { stopping, clock, log } = this.#services;
    while (!stopping.aborted) {
      const definition = this.#definitions.get(name);
      const waitMs = this.#emptying.get(name);
      if (!definition || waitMs === undefined) return;
      try {
        if (await this.#emptyOnce(name, definition)) {
          this.#emptying.delete(name);
          return;
        }
      } catch (err) {
        if (stopping.aborted) return;
        log.warn({ err, definition: name }, "objects of a deleted definition could not be deleted");
      }
      this.#emptying.set(name, Math.min(emptyingMsMax, waitMs * 2));
      await clock.sleep(waitMs, stopping).catch(() => {});
    }
  }

  /** Whether the definition was let go. */
  async #emptyOnce(name: string, definition: Definition): Promise<boolean> {
    const everything = this.#served.everything(definition);
    if (!everything) {
      await this.#letGo(name, neverServed(definition));
      return true;
    }
    await this.#tell(name, {
      status: "True",
      reason: "InstanceDeletionInProgress",
      message: "CustomResource deletion is in progress",
    });
    let isEmpty: boolean;
    try {
      isEmpty = await deleteInstances(this.#services, everything);
    } catch (error) {
      const message = `could not issue all deletes: ${(error as Error).message}`;
      await this.#tell(name, { status: "True", reason: "InstanceDeletionFailed", message });
      throw error;
    }
    if (!isEmpty) return false;
    await this.#letGo(name, { status: "False", reason: "InstanceDeletionCompleted", message: "removed all instances" });
    return true;
  }

  #tell(name: string, condition: Terminating): Promise<void> {
    return this.#write(name, "status", (next) => this.#setTerminating(next, condition));
  }

  #letGo(name: string, condition: Terminating): Promise<void> {
    return this.#write(name, "", (next) => {
      this.#setTerminating(next, condition);
      next.metadata.finalizers = (next.metadata.finalizers ?? []).filter((one) => one !== cleanupFinalizer);
    });
  }

  #setTerminating(definition: CustomResourceDefinition, condition: Terminating): void {
    const before = definition.status?.conditions ?? [];
    const conditions = withCondition(before, this.#services.clock.now(), { type: "Terminating", ...condition });
    definition.status = { ...definition.status, conditions };
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
    const write = systemWrite(this.#services, resource, { name });
    const manager = subresource === "status" ? "kube-apiserver" : undefined;
    try {
      await updateObject({ ...write, subresource, manager }, transform, { system: true });
    } catch (error) {
      if (!(error instanceof StatusError && error.reason === "NotFound")) throw error;
    }
  }
}

interface Terminating {
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

const neverServed = (definition: Definition): Terminating =>
  isEstablished(definition)
    ? {
        status: "False",
        reason: "OverlappingBuiltInResource",
        message: "instances overlap with built-in resources in storage",
      }
    : { status: "False", reason: "NeverEstablished", message: "resource was never established" };
