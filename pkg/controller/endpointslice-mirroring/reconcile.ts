/** observe → plan → apply for the slices that mirror one Endpoints. */
import { resources } from "#api/gen/resources.ts";
import type { Endpoints, Service } from "#api/types/core/v1";
import type { EndpointSlice } from "#api/types/discovery.k8s.io/v1";
import {
  done,
  type EventRecorder,
  type Informer,
  isNamespaceTerminating,
  isNotFound,
  type Outcome,
} from "#pkg/client/index.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { OwnWrites } from "../framework/own-writes.ts";
import { controllerReference } from "../framework/owners.ts";
import { addressesMax, isMirrored, type Mirror, managedBy, managedByLabel, plan, serviceNameLabel } from "./plan.ts";

type Slice = Readonly<EndpointSlice>;

/** Index of slices by `namespace/name` of what they mirror. */
export const byMirrored = "mirrored";
export const mirroredIndex = ({ metadata }: Slice): readonly string[] => {
  const name = metadata.labels?.[serviceNameLabel];
  return name && metadata.labels?.[managedByLabel] === managedBy ? [`${metadata.namespace}/${name}`] : [];
};

export const hasSelector = ({ spec }: Readonly<Service>): boolean => Object.keys(spec.selector ?? {}).length > 0;

export class MirrorReconciler {
  readonly #context: ControllerContext;
  readonly #endpoints: Informer<Endpoints>;
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #recorder: EventRecorder;
  /** By the key of the Endpoints. */
  readonly #own: OwnWrites<EndpointSlice>;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#endpoints = context.informers.informer(resources.endpoints);
    this.#services = context.informers.informer(resources.services);
    this.#slices = context.informers.informer(resources.endpointslices);
    this.#recorder = context.recorder("endpoint-slice-mirroring-controller");
    this.#own = new OwnWrites(this.#slices);
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const endpoints = this.#endpoints.get(key);
    const service = this.#services.get(key);
    const cached = this.#slices.byIndex(byMirrored, key);
    const slices = this.#own
      .view(key, cached, this.#context.clock.now())
      .filter(({ metadata }) => !metadata.deletionTimestamp);
    if (!endpoints || !isMirrored(endpoints) || !service || hasSelector(service)) {
      for (const slice of slices) await this.#remove(key, slice, signal);
      return done;
    }
    const { create, update, remove, invalid, skipped } = plan(endpoints, slices);
    this.#tell(endpoints, invalid, skipped);
    try {
      if (!endpoints.metadata.deletionTimestamp) {
        for (const mirror of create) await this.#create(key, endpoints, mirror, signal);
      }
      for (const { slice, mirror } of update) await this.#update(endpoints, slice, mirror, signal);
      for (const slice of remove) await this.#remove(key, slice, signal);
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error;
    }
    return done;
  }

  #tell(endpoints: Readonly<Endpoints>, invalid: number, skipped: number): void {
    if (invalid > 0) {
      const text = `Skipped ${invalid} invalid IP addresses when mirroring to EndpointSlices`;
      this.#recorder.warning(endpoints, "InvalidIPAddress", text);
    }
    if (skipped > invalid) {
      const text = `A max of ${addressesMax} addresses can be mirrored to EndpointSlices per Endpoints subset. ${skipped} addresses were skipped`;
      this.#recorder.warning(endpoints, "TooManyAddressesToMirror", text);
    }
  }

  async #create(key: string, endpoints: Readonly<Endpoints>, mirror: Mirror, signal: AbortSignal): Promise<void> {
    const { name = "", namespace = "" } = endpoints.metadata;
    const { client } = this.#context;
    const slice = sliceOf(endpoints, mirror, { generateName: `${name}-`, namespace });
    this.#own.created(key, await client.endpointslices.create(slice, { signal }));
  }

  async #update(endpoints: Readonly<Endpoints>, slice: Slice, mirror: Mirror, signal: AbortSignal): Promise<void> {
    try {
      await this.#context.client.endpointslices.update(sliceOf(endpoints, mirror, slice.metadata), { signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async #remove(key: string, slice: Slice, signal: AbortSignal): Promise<void> {
    const { name = "", namespace = "" } = slice.metadata;
    try {
      await this.#context.client.endpointslices.delete({ namespace, name }, { signal });
      this.#own.deleted(key, slice);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

function sliceOf(
  endpoints: Readonly<Endpoints>,
  { labels, annotations, ...content }: Mirror,
  metadata: EndpointSlice["metadata"],
): EndpointSlice {
  const ownerReferences = [controllerReference(endpoints)];
  return { metadata: { ...metadata, labels, annotations, ownerReferences }, ...content };
}
