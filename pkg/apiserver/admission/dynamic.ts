/** Admission that objects of the API configure: follows them in storage. */
import type { Registry } from "prom-client";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { Directory } from "../resources/directory.ts";
import type { FollowOptions } from "../resources/follow.ts";
import { type ObjectReader, readerOf } from "../resources/reader.ts";
import type { ResourceTable } from "../resources/table.ts";
import { serviceResolver, WebhookClient } from "../webhook/index.ts";
import { Equivalents } from "./matching/equivalents.ts";
import type { DynamicAdmission } from "./plugin.ts";
import { WebhookMetrics } from "./webhooks/metrics.ts";

export interface DynamicAdmissionOptions extends FollowOptions {
  /** `--enable-aggregator-routing` */
  readonly routesToEndpoints: boolean;
  readonly registry: Registry;
}

export class DynamicAdmissionServices implements DynamicAdmission {
  readonly reader: ObjectReader;
  readonly table: ResourceTable;
  readonly log: FollowOptions["log"];
  readonly equivalents: Equivalents;
  readonly client: WebhookClient;
  readonly webhookMetrics: WebhookMetrics;
  readonly #options: FollowOptions;
  readonly #filled: Promise<void>[] = [];

  constructor(table: ResourceTable, options: DynamicAdmissionOptions) {
    this.table = table;
    this.#options = options;
    this.log = options.log;
    this.reader = readerOf(table);
    this.equivalents = new Equivalents(table);
    this.client = new WebhookClient(serviceResolver(this.reader, { toEndpoints: options.routesToEndpoints }));
    this.webhookMetrics = new WebhookMetrics(options.registry);
    options.signal.addEventListener("abort", () => this.client[Symbol.dispose](), { once: true });
  }

  configurations<T>(plural: string, read: (object: Readonly<KubeObject>) => T): Directory<T> {
    const directory = new Directory(read);
    const { store } = this.table.ensure("admissionregistration.k8s.io", "v1", plural);
    this.#filled.push(directory.follow(store, this.#options));
    return directory;
  }

  /** Resolves when every configuration that exists is known: no request may come before. */
  async ready(): Promise<void> {
    await Promise.all(this.#filled);
  }
}
