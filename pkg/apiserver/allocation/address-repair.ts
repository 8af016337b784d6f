/**
 * Puts the records of addresses in order: after a server died half way, after somebody changed or deleted a record, and
 * for Services that are older than records. Looks at all of them at the start and then from time to time, and at once
 * where a record is deleted. Several servers may do so at the same time: each step is a comparison with what is stored.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Service } from "#api/types/core/v1";
import type { IPAddress } from "#api/types/networking.k8s.io/v1";
import { parseAddress } from "#pkg/apimachinery/net/address.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { AddressHolder } from "#pkg/registry/strategy.ts";
import type { ReadAt, WatchItem } from "#pkg/storage/types.ts";
import { writeFor } from "../bootstrap/bootstrap.ts";
import { followStore } from "../resources/follow.ts";
import type { ServedResource } from "../resources/served-resource.ts";
import type { ServerServices } from "../services.ts";
import { createObject } from "../write/create.ts";
import { timestamp } from "../write/request.ts";
import {
  type AddressRepairStep,
  type AddressView,
  holderOf,
  type Notice,
  planForRecord,
  planForService,
} from "./address-plan.ts";
import type { AddressRecords } from "./address-records.ts";
import type { ServiceRanges } from "./service-ranges.ts";

const intervalMs = 180_000;
/** Of deletions that wait to be looked at; what does not fit is found by the next round. */
const deletedMax = 10_000;
const component = "ipallocator-repair-controller";

export class AddressRepair {
  readonly #services: ServerServices;
  readonly #ranges: ServiceRanges;
  readonly #records: AddressRecords;
  /** Who had an address whose record is gone. */
  #deleted: AddressHolder[] = [];
  #wake: () => void = () => {};

  constructor(services: ServerServices, ranges: ServiceRanges, records: AddressRecords) {
    this.#services = services;
    this.#ranges = ranges;
    this.#records = records;
  }

  /** One round over everything. Throws when storage refuses. */
  async run(): Promise<void> {
    const at: ReadAt = { kind: "latest" };
    const { items: services } = await this.#of("services").store.list({
      prefix: this.#of("services").prefixOf(""),
      at,
    });
    for (const { object } of services) await this.#checkService(object as Service);
    const { items: records } = await this.#of("ipaddresses").store.list({
      prefix: this.#of("ipaddresses").prefixOf(""),
      at,
    });
    for (const { object } of records) await this.#checkRecord(object as IPAddress);
  }

  /** Goes on until the server stops. */
  start(): void {
    const { stopping: signal, log } = this.#services;
    void followStore(this.#of("ipaddresses").store, (items) => this.#noteDeleted(items), { signal, log });
    void this.#loop();
  }

  async #loop(): Promise<void> {
    const { stopping: signal, log } = this.#services;
    let nextRound = Date.now() + intervalMs;
    while (!signal.aborted) {
      await this.#somethingToDo(Math.max(0, nextRound - Date.now()), signal);
      if (signal.aborted) return;
      try {
        for (const holder of this.#deleted.splice(0)) await this.#checkHolder(holder);
        if (Date.now() < nextRound) continue;
        nextRound = Date.now() + intervalMs;
        await this.run();
      } catch (error) {
        if (!signal.aborted) log.warn({ err: error }, "the records of addresses could not be put in order");
      }
    }
  }

  async #somethingToDo(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#deleted.length > 0) return;
    const stop = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    await Promise.race([
      promise,
      sleep(ms, undefined, { signal: AbortSignal.any([signal, stop.signal]), ref: false }).catch(() => {}),
    ]);
    stop.abort();
  }

  #noteDeleted(items: readonly WatchItem[]): void {
    for (const item of items) {
      if (item.kind !== "event" || item.event.type !== "DELETED") continue;
      const parent = (item.event.current.object as IPAddress).spec?.parentRef;
      if (parent?.resource !== "services" || this.#deleted.length >= deletedMax) continue;
      this.#deleted.push({ namespace: parent.namespace ?? "", name: parent.name });
    }
    if (this.#deleted.length > 0) this.#wake();
  }

  async #checkHolder(holder: AddressHolder): Promise<void> {
    const service = await this.#readService(holder);
    if (service) await this.#checkService(service);
  }

  /** From the cache first: nothing is done before a look at the present state agrees. */
  async #checkService(service: Readonly<Service>): Promise<void> {
    const view = await this.#viewOf(service);
    if (planForService(service, view).length === 0) return;
    const present = await this.#readService(holderOf(service));
    if (!present) return;
    for (const step of planForService(present, await this.#viewOf(present))) await this.#apply(step);
  }

  async #checkRecord(record: Readonly<IPAddress>): Promise<void> {
    const parent = record.spec?.parentRef;
    const service = parent && (await this.#readService({ namespace: parent.namespace ?? "", name: parent.name }));
    const view: AddressView = { service: () => service, record: () => record, isInRange: () => true };
    const step = planForRecord(record, view, this.#services.clock.now());
    if (step) await this.#apply(step);
  }

  /** What there is to know about the addresses of one Service. */
  async #viewOf(service: Readonly<Service>): Promise<AddressView> {
    const records = new Map<string, IPAddress>();
    const services = new Map<string, Service>();
    for (const address of service.spec?.clusterIPs ?? []) {
      const record = parseAddress(address) ? await this.#records.read(address) : undefined;
      const parent = record?.spec?.parentRef;
      if (!record || !parent) continue;
      records.set(address, record);
      const holder = { namespace: parent.namespace ?? "", name: parent.name };
      const other = await this.#readService(holder);
      if (other) services.set(keyOf(holder), other);
    }
    return {
      service: (holder) => services.get(keyOf(holder)),
      record: (address) => records.get(address),
      isInRange: (text) => {
        const address = parseAddress(text);
        return address !== undefined && this.#ranges.contains(address);
      },
    };
  }

  async #apply(step: AddressRepairStep): Promise<void> {
    const { log } = this.#services;
    switch (step.kind) {
      case "create":
        await this.#records.create(step.address, step.holder);
        break;
      case "replace":
        if (await this.#records.delete(step.record))
          await this.#records.create(step.record.metadata.name ?? "", step.holder);
        break;
      case "delete":
        await this.#records.delete(step.record);
        break;
      case "notice":
    }
    if (!step.notice) return;
    log.warn({ reason: step.notice.reason }, step.notice.text);
    const about = step.kind === "delete" ? (step.record as KubeObject) : await this.#readService(step.holder);
    if (about) await this.#record(about as KubeObject, step.kind === "delete" ? "IPAddress" : "Service", step.notice);
  }

  /** An Event that is lost is no failure. */
  async #record({ metadata }: Readonly<KubeObject>, kind: string, { reason, action, text }: Notice): Promise<void> {
    const now = this.#services.clock.now();
    const namespace = metadata.namespace || "default";
    const regarding = { kind, apiVersion: kind === "Service" ? "v1" : "networking.k8s.io/v1", ...identityOf(metadata) };
    const event = {
      kind: "Event",
      apiVersion: "v1",
      metadata: { namespace, name: `${metadata.name}.${now.toString(16)}` },
      involvedObject: regarding,
      reason,
      action,
      message: text,
      type: "Warning",
      eventTime: new Date(now).toISOString().replace("Z", "000Z"),
      firstTimestamp: timestamp(now),
      lastTimestamp: timestamp(now),
      reportingComponent: component,
      reportingInstance: component,
    } as unknown as KubeObject;
    await createObject({ ...writeFor(this.#services, "events", event), name: "" }, event).catch((error: unknown) => {
      this.#services.log.debug({ err: error }, "an event could not be written");
    });
  }

  async #readService({ namespace, name }: AddressHolder): Promise<Service | undefined> {
    const resource = this.#of("services");
    return (await resource.store.get(resource.keyOf(namespace, name), { kind: "latest" }))?.object as
      | Service
      | undefined;
  }

  #of(plural: "services" | "ipaddresses"): ServedResource {
    return this.#services.table.ensure(plural === "services" ? "" : "networking.k8s.io", "v1", plural);
  }
}

const keyOf = ({ namespace, name }: AddressHolder): string => `${namespace}/${name}`;

const identityOf = ({ name, namespace, uid }: KubeObject["metadata"]) => ({
  ...(name ? { name } : {}),
  ...(namespace ? { namespace } : {}),
  ...(uid ? { uid } : {}),
});
