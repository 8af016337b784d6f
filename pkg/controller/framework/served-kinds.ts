/** Which resource serves a kind, by discovery: owners and targets are named by kind, and may be custom ones. */
import type { ResourceRef } from "#api/gen/resources.ts";
import type { Scale } from "#api/types/autoscaling/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { type Address, type Client, isNotFound } from "#pkg/client/index.ts";

export interface ServedKind {
  readonly ref: ResourceRef<KubeObject>;
  readonly hasScale: boolean;
}

interface ResourceList {
  readonly resources?: readonly { name: string; kind: string; namespaced: boolean; group?: string }[];
}

interface Group {
  readonly preferredVersion?: { readonly groupVersion: string };
  readonly versions?: readonly { readonly groupVersion: string }[];
}

/** Nothing serves the kind. */
class NoMatchError extends Error {}

interface Known {
  readonly kinds: ReadonlyMap<string, ServedKind>;
  readonly at: number;
}

/** A list that lacks a kind is asked for again after this long; a kind that is there is believed for as long as `freshMs`. */
const missingMs = 2_000;
const freshMs = 60_000;
/** Group versions remembered; beyond it everything is asked for anew. */
const versionsMax = 500;

/** Throws an Error for what is no group version. */
export function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const parts = apiVersion.split("/");
  if (parts.length > 2) throw new Error(`unexpected GroupVersion string: ${apiVersion}`);
  return parts.length === 2 ? { group: parts[0]!, version: parts[1]! } : { group: "", version: parts[0]! };
}

export const groupResourceText = ({ group, plural }: { group: string; plural: string }): string =>
  group === "" ? plural : `${plural}.${group}`;

export class ServedKinds {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Throws an Error with upstream's text when the kind is not served in that version. */
  async ensure(apiVersion: string, kind: string, signal: AbortSignal): Promise<ServedKind> {
    splitApiVersion(apiVersion);
    const known = this.#known.get(apiVersion);
    const ageMs = known ? this.#clock.now() - known.at : Number.POSITIVE_INFINITY;
    const remembered = known?.kinds.get(kind);
    if (remembered && ageMs < freshMs) return remembered;
    const kinds = known && ageMs < missingMs ? known.kinds : await this.#ask(apiVersion, signal);
    const found = kinds.get(kind);
    if (found) return found;
    throw new NoMatchError(`no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`);
  }

  /** As `ensure`, in whichever version of the group has it, the preferred one first. */
  async ensureInGroup(group: string, kind: string, signal: AbortSignal): Promise<ServedKind> {
    for (const apiVersion of await this.#versionsOf(group, signal)) {
      try {
        return await this.ensure(apiVersion, kind, signal);
      } catch (error) {
        if (!(error instanceof NoMatchError)) throw error;
      }
    }
    throw new NoMatchError(`no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`);
  }

  async #versionsOf(group: string, signal: AbortSignal): Promise<readonly string[]> {
    if (group === "") return ["v1"];
    try {
      const { preferredVersion, versions = [] } = await this.#client.request<Group>(
        "GET",
        `/apis/${group}`,
        undefined,
        { signal },
      );
      const all = versions.map(({ groupVersion }) => groupVersion);
      return [...new Set([...(preferredVersion ? [preferredVersion.groupVersion] : []), ...all])];
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }

  /** The scale of an object; undefined when there is no such object. Throws an Error when its kind cannot be scaled. */
  async scaleOf(served: ServedKind, address: Address, signal: AbortSignal): Promise<Scale | undefined> {
    try {
      return await this.#client.resource(served.ref).subresource<Scale>("GET", address, "scale", undefined, { signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      if (served.hasScale) return undefined;
      throw new Error(`${groupResourceText(served.ref)} does not implement the scale subresource`, { cause: error });
    }
  }

  async #ask(apiVersion: string, signal: AbortSignal): Promise<ReadonlyMap<string, ServedKind>> {
    const { group, version } = splitApiVersion(apiVersion);
    const path = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    const { resources = [] } = await this.#client
      .request<ResourceList>("GET", path, undefined, { signal })
      .catch((error: unknown): ResourceList => {
        if (isNotFound(error)) return {};
        throw error;
      });
    const scalable = new Set(
      resources.filter(({ name, kind }) => kind === "Scale" && name.endsWith("/scale")).map(({ name }) => name),
    );
    const kinds = new Map<string, ServedKind>();
    for (const { name: plural, kind, namespaced } of resources) {
      if (plural.includes("/")) continue;
      kinds.set(kind, { ref: { group, version, kind, plural, namespaced }, hasScale: scalable.has(`${plural}/scale`) });
    }
    if (this.#known.size >= versionsMax) this.#known.clear();
    this.#known.set(apiVersion, { kinds, at: this.#clock.now() });
    return kinds;
  }
}
