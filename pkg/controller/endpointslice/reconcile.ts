/** observe → plan → apply for the slices of one Service. */
import { resources } from "#api/gen/resources.ts";
import type { Node, Pod, Service } from "#api/types/core/v1";
import type { EndpointSlice } from "#api/types/discovery.k8s.io/v1";
import { labelSelectorFromMap } from "#pkg/apimachinery/labels/index.ts";
import { keyOf } from "#pkg/apimachinery/object.ts";
import { done, type Informer, isNamespaceTerminating, isNotFound, type Outcome } from "#pkg/client/index.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { sameJson } from "../framework/equal.ts";
import { isAtLeast, OwnWrites } from "../framework/own-writes.ts";
import { controllerReference } from "../framework/owners.ts";
import { labelsOf, managedBy, managedByLabel, plan, type SliceContent, serviceNameLabel } from "./plan.ts";

/** Index of slices by `namespace/service`. */
export const byService = "service";
export const serviceIndex = ({ metadata }: Readonly<EndpointSlice>): readonly string[] => {
  const name = metadata.labels?.[serviceNameLabel];
  return name && metadata.labels?.[managedByLabel] === managedBy ? [`${metadata.namespace}/${name}`] : [];
};

/** An event of the slice brings the service back sooner; this is for the one that is lost. */
const staleMs = 1000;

export class EndpointSliceReconciler {
  readonly #context: ControllerContext;
  readonly #services: Informer<Service>;
  readonly #pods: Informer<Pod>;
  readonly #nodes: Informer<Node>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #own: OwnWrites<EndpointSlice>;
  /** By the service's key: our updates that the cache may not show yet, as uid of the slice → resourceVersion. */
  readonly #updated = new Map<string, Map<string, string>>();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#services = context.informers.informer(resources.services);
    this.#pods = context.informers.informer(resources.pods);
    this.#nodes = context.informers.informer(resources.nodes);
    this.#slices = context.informers.informer(resources.endpointslices);
    this.#own = new OwnWrites(this.#slices);
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const service = this.#services.get(key);
    // The slices of a service that is gone go with it: they are owned by it.
    if (!service || service.metadata.deletionTimestamp || !hasSelector(service)) {
      this.#updated.delete(key);
      return done;
    }
    const uid = service.metadata.uid ?? "";
    const cached = [...this.#slices.byIndex(byService, key)];
    // A plan on a slice as it was would move its endpoints once more, and name some twice.
    if (this.#isStale(key, cached)) return { requeueAfterMs: staleMs };
    const slices = this.#own.view(uid, cached, this.#context.clock.now()).filter((s) => !s.metadata.deletionTimestamp);
    const wanted = plan({
      service,
      pods: this.#selected(service),
      slices,
      nodeOf: (name) => this.#nodes.get(name),
    });
    const planned = new Set(wanted.update.map(({ slice }) => slice));
    const relabelled = slices
      .filter((slice) => !planned.has(slice) && !wanted.remove.includes(slice) && !hasLabels(slice, service))
      .map((slice) => ({ slice, content: contentOf(slice) }));
    try {
      for (const content of wanted.create) await this.#create(service, content, signal);
      for (const { slice, content } of [...wanted.update, ...relabelled])
        await this.#update(service, slice, content, signal);
      for (const slice of wanted.remove) await this.#remove(service, slice, signal);
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error;
    }
    return done;
  }

  #isStale(key: string, cached: readonly Readonly<EndpointSlice>[]): boolean {
    const updated = this.#updated.get(key);
    if (!updated) return false;
    const isBehind = ({ metadata }: Readonly<EndpointSlice>): boolean => {
      const wanted = updated.get(metadata.uid ?? "");
      return wanted !== undefined && !isAtLeast(metadata.resourceVersion ?? "0", wanted);
    };
    if (cached.some(isBehind)) return true;
    this.#updated.delete(key);
    return false;
  }

  #selected(service: Readonly<Service>): Readonly<Pod>[] {
    const selector = labelSelectorFromMap(service.spec.selector ?? {});
    return [...this.#pods.list(service.metadata.namespace)].filter((pod) => selector.matches(pod.metadata.labels));
  }

  async #create(service: Readonly<Service>, content: SliceContent, signal: AbortSignal): Promise<void> {
    const { name = "", namespace = "", uid = "" } = service.metadata;
    const made = await this.#context.client.endpointslices.create(
      {
        metadata: {
          generateName: `${name}-`,
          namespace,
          labels: labelsOf(service),
          ownerReferences: [controllerReference(service)],
        },
        ...bodyOf(content),
      } as EndpointSlice,
      { signal },
    );
    this.#own.created(uid, made);
  }

  async #update(
    service: Readonly<Service>,
    slice: Readonly<EndpointSlice>,
    content: SliceContent,
    signal: AbortSignal,
  ): Promise<void> {
    const { endpoints: _, ports: __, ...rest } = slice;
    const metadata = { ...slice.metadata, labels: labelsOf(service) };
    const next = { ...rest, ...bodyOf(content), metadata } as EndpointSlice;
    try {
      const { metadata: written } = await this.#context.client.endpointslices.update(next, { signal });
      const key = keyOf(service);
      const updated = this.#updated.get(key) ?? new Map<string, string>();
      this.#updated.set(key, updated.set(written.uid ?? "", written.resourceVersion ?? "0"));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async #remove(service: Readonly<Service>, slice: Readonly<EndpointSlice>, signal: AbortSignal): Promise<void> {
    const { name = "", namespace = "" } = slice.metadata;
    try {
      await this.#context.client.endpointslices.delete({ namespace, name }, { signal });
      this.#own.deleted(service.metadata.uid ?? "", slice);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

const hasSelector = ({ spec }: Readonly<Service>): boolean =>
  spec.type !== "ExternalName" && Object.keys(spec.selector ?? {}).length > 0;

const hasLabels = (slice: Readonly<EndpointSlice>, service: Readonly<Service>): boolean =>
  sameJson(slice.metadata.labels ?? {}, labelsOf(service));

/** Lists without entries are left out, and so are null in the API as they are from upstream. */
const bodyOf = ({ addressType, ports, endpoints }: SliceContent): Partial<SliceContent> => ({
  addressType,
  ...(ports.length > 0 ? { ports } : {}),
  ...(endpoints.length > 0 ? { endpoints } : {}),
});

const contentOf = ({ addressType, ports, endpoints }: Readonly<EndpointSlice>): SliceContent => ({
  addressType,
  ports: [...(ports ?? [])],
  endpoints: [...(endpoints ?? [])],
});
