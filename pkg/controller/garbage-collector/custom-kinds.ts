/** Custom resources come and go while the collector runs: each kind is watched, by its metadata, while it is served. */
import { type ResourceRef, resources } from "#api/gen/resources.ts";
import type { CustomResourceDefinition } from "#api/types/apiextensions.k8s.io/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { type InformerSet, informers } from "#pkg/client/index.ts";
import type { ControllerContext } from "../framework/controller.ts";

type Ref = ResourceRef<KubeObject>;

export interface CustomKindsHandler {
  changed(object: Readonly<KubeObject>, ref: Ref): void;
  gone(object: Readonly<KubeObject>): void;
  /** All objects of the kind are known: who claims another owner of this kind claims one that is not there. */
  complete(ref: Ref): void;
}

interface Watched {
  readonly ref: Ref;
  readonly informers: InformerSet;
  readonly stop: AbortController;
}

/** Pure: where a definition's objects are found; undefined while nothing serves them. Any served version shows all objects. */
export function servedRef({ spec, status }: Readonly<CustomResourceDefinition>): Ref | undefined {
  const established = status?.conditions?.some(({ type, status: is }) => type === "Established" && is === "True");
  const served = spec.versions.filter((version) => version.served);
  const version = served.find(({ storage }) => storage) ?? served[0];
  if (!established || !version) return undefined;
  const { plural, kind } = status?.acceptedNames ?? spec.names;
  return { group: spec.group, version: version.name, kind, plural, namespaced: spec.scope === "Namespaced" };
}

const idOf = ({ group, version, plural, kind, namespaced }: Ref): string =>
  JSON.stringify([group, version, plural, kind, namespaced]);

export class CustomKinds {
  readonly #context: ControllerContext;
  readonly #handler: CustomKindsHandler;
  /** By the definition's name. */
  readonly #watched = new Map<string, Watched>();
  readonly #closing = new Set<Promise<void>>();
  #signal: AbortSignal | undefined;

  /** Call while building: it asks for the informer of definitions. */
  constructor(context: ControllerContext, handler: CustomKindsHandler) {
    this.#context = context;
    this.#handler = handler;
    context.informers.informer(resources.customresourcedefinitions).addHandler({
      added: (definition) => this.#set(definition),
      updated: (definition) => this.#set(definition),
      deleted: ({ metadata }) => this.#drop(metadata.name ?? ""),
    });
  }

  /** The resource of a kind that is served now. */
  refOf(group: string, kind: string): Ref | undefined {
    for (const { ref } of this.#watched.values()) if (ref.group === group && ref.kind === kind) return ref;
    return undefined;
  }

  /** Watches until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    for (const watched of this.#watched.values()) this.#start(watched, signal);
    if (!signal.aborted) {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    }
    for (const name of [...this.#watched.keys()]) this.#drop(name);
    await Promise.all(this.#closing);
  }

  #set(definition: Readonly<CustomResourceDefinition>): void {
    const { name = "" } = definition.metadata;
    const ref = servedRef(definition);
    const known = this.#watched.get(name);
    if (known && ref && idOf(known.ref) === idOf(ref)) return;
    if (known) this.#drop(name);
    if (!ref || this.#signal?.aborted) return;
    const { client, clock, log } = this.#context;
    const watched = { ref, informers: informers(client, { clock, log }), stop: new AbortController() };
    this.#watched.set(name, watched);
    if (this.#signal) this.#start(watched, this.#signal);
  }

  #start({ ref, informers: set, stop }: Watched, until: AbortSignal): void {
    const signal = AbortSignal.any([until, stop.signal]);
    const informer = set.informer(ref, { metadataOnly: true });
    informer.addHandler({
      added: (object) => this.#handler.changed(object, ref),
      updated: (object, old) => {
        if (object !== old) this.#handler.changed(object, ref);
      },
      deleted: (object) => this.#handler.gone(object),
    });
    set.start(signal);
    this.#keep(this.#tellComplete(informer.synced(signal), ref));
  }

  async #tellComplete(synced: Promise<void>, ref: Ref): Promise<void> {
    try {
      await synced;
    } catch {
      return; // Dropped before its first list.
    }
    this.#handler.complete(ref);
  }

  #drop(name: string): void {
    const watched = this.#watched.get(name);
    if (!watched) return;
    this.#watched.delete(name);
    watched.stop.abort();
    const objects = [...watched.informers.informer(watched.ref, { metadataOnly: true }).list()];
    this.#keep(watched.informers[Symbol.asyncDispose]());
    for (const object of objects) this.#handler.gone(object);
  }

  #keep(promise: PromiseLike<void>): void {
    const kept: Promise<void> = Promise.resolve(promise).finally(() => this.#closing.delete(kept));
    this.#closing.add(kept);
  }
}
