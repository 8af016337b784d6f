/** The aggregated APIs there are now, and what they say of themselves. */
import { Gauge, type Registry } from "prom-client";
import type { ResourceDef } from "#api/index.ts";
import type { DynamicVersion } from "../discovery/index.ts";
import type { RequestInfo } from "../http/request-info.ts";
import type { Peers } from "./peers.ts";
import type { RemoteApi } from "./remote-api.ts";

/** What an API's server answered last. */
export interface Description {
  /** Undefined: it never told. */
  readonly resources: readonly ResourceDef[] | undefined;
  /** It did not answer the last time. */
  readonly stale: boolean;
  /** Its entry of `/openapi/v3`; undefined: it publishes none. */
  readonly openApi: { readonly serverRelativeURL: string } | undefined;
}

const unknown: Description = { resources: undefined, stale: true, openApi: undefined };

export class RemoteApis {
  readonly peers: Peers;
  /** By `group/version`. */
  readonly #byPath = new Map<string, RemoteApi>();
  readonly #described = new Map<string, Description>();
  #generation = 0;

  constructor(peers: Peers, registry: Registry) {
    this.peers = peers;
    const unavailable = (): [string, number][] =>
      [...this.#byPath.values()].map(({ name, available }) => [name, available ? 0 : 1]);
    new Gauge({
      name: "aggregator_unavailable_apiservice",
      help: "1: the server of an aggregated API cannot be used.",
      labelNames: ["name"],
      registers: [registry],
      collect() {
        this.reset();
        for (const [name, value] of unavailable()) this.set({ name }, value);
      },
    });
  }

  /** Grows with every change of what discovery tells. */
  get generation(): number {
    return this.#generation;
  }

  put(api: RemoteApi): void {
    this.#byPath.set(pathOf(api), api);
    this.#generation += 1;
  }

  remove(api: RemoteApi): void {
    this.#byPath.delete(pathOf(api));
    this.#described.delete(pathOf(api));
    this.#generation += 1;
  }

  describe(api: RemoteApi, description: Description): void {
    const known = this.#described.get(pathOf(api));
    if (known && JSON.stringify(known) === JSON.stringify(description)) return;
    this.#described.set(pathOf(api), description);
    this.#generation += 1;
  }

  descriptionOf(api: RemoteApi): Description {
    return this.#described.get(pathOf(api)) ?? unknown;
  }

  /** Who answers a request; undefined: this server. */
  serverOf({ resource, path }: RequestInfo): RemoteApi | undefined {
    if (this.#byPath.size === 0) return undefined;
    if (resource) return this.#byPath.get(`${resource.group}/${resource.version}`);
    const of = path.startsWith("/openapi/v3/") ? path.slice("/openapi/v3".length) : path;
    const [, root, group, version, ...rest] = of.split("/");
    return root === "apis" && rest.length === 0 ? this.#byPath.get(`${group}/${version}`) : undefined;
  }

  /** For discovery. */
  versions(): DynamicVersion[] {
    return [...this.#byPath.values()].map((api) => {
      const { group, version, groupPriority, versionPriority } = api;
      const { resources = [], stale } = this.descriptionOf(api);
      return { group, version, resources, groupPriority, versionPriority, stale };
    });
  }

  /** Entries for the index of OpenAPI v3. */
  openApiPaths(): Record<string, object> {
    const entries = [...this.#byPath.values()].flatMap((api) => {
      const { openApi } = this.descriptionOf(api);
      return openApi ? [[`apis/${api.group}/${api.version}`, openApi] as const] : [];
    });
    return Object.fromEntries(entries);
  }
}

const pathOf = ({ group, version }: RemoteApi): string => `${group}/${version}`;
