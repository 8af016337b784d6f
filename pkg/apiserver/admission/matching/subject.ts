/** A request as webhooks and policies see it: what it names, and its objects in each version. */
import { schema } from "#api/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { ServedResource } from "../../resources/served-resource.ts";
import type { AdmissionRequest } from "../plugin.ts";
import type { Equivalents } from "./equivalents.ts";

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** One version in which a request can be shown. */
export interface ShownAs {
  readonly served: ServedResource;
  readonly resource: GroupVersionResource;
  readonly kind: GroupVersionKind;
}

export class Subject {
  readonly request: AdmissionRequest;
  /** As the client asked. */
  readonly asked: ShownAs;
  readonly #equivalents: Equivalents;

  constructor(request: AdmissionRequest, equivalents: Equivalents) {
    this.request = request;
    this.#equivalents = equivalents;
    this.asked = this.#shownAs(request.resource);
  }

  /** Requests for a Namespace carry its name as their namespace, the one that makes it too. */
  get namespace(): string {
    const { namespace, name } = this.request;
    const { group, resource } = this.asked.resource;
    return namespace || (group === "" && resource === "namespaces" ? name : "");
  }

  others(): readonly ShownAs[] {
    const { resource, subresource } = this.request;
    return this.#equivalents.of(resource, subresource).map((other) => this.#shownAs(other));
  }

  #shownAs(served: ServedResource): ShownAs {
    const { group, version, plural, kind } = served.def;
    const { subresource } = this.request;
    const sub = subresource === "" ? undefined : served.def.subresources.find(({ name }) => name === subresource);
    return {
      served,
      resource: { group, version, resource: plural },
      kind: sub ? { group: sub.group, version: sub.version, kind: sub.kind } : { group, version, kind },
    };
  }

  /** The new state; undefined on DELETE. */
  object(as: ShownAs): Promise<KubeObject | undefined> {
    return this.#show(this.request.object, as);
  }

  /** The state before; undefined on CREATE. */
  old(as: ShownAs): Promise<KubeObject | undefined> {
    return this.#show(this.request.old as KubeObject | undefined, as);
  }

  async #show(object: KubeObject | undefined, { served, kind }: ShownAs): Promise<KubeObject | undefined> {
    if (!object) return undefined;
    const { view } = this.request;
    if (view) return view.show(object);
    const shown = isOwnKind(this) ? await inVersion(served, object) : object;
    const apiVersion = kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
    // Identity first, as Go's encoder writes it.
    return { ...shown, apiVersion, kind: kind.kind };
  }
}

/** An object as a version of its resource shows it. */
export async function inVersion({ custom, conversion }: ServedResource, object: KubeObject): Promise<KubeObject> {
  return custom ? custom.convert(object) : (conversion?.toServed(object) ?? object);
}

/** Whether the objects are the resource's own, rather than an Eviction, a Binding or the options of a session. */
export function isOwnKind({ request, asked }: Subject): boolean {
  return request.operation !== "CONNECT" && asked.kind.kind === asked.served.def.kind;
}

/** The type of the tables by which objects of a kind are decoded; undefined: custom, or no type at all. */
export function typeOf({ served, kind }: ShownAs): string | undefined {
  if (kind.kind === served.def.kind && kind.group === served.def.group) {
    return served.isCustom ? undefined : served.def.type;
  }
  const name = `${kind.group === "" ? "core" : kind.group}/${kind.version}.${kind.kind}`;
  return schema.types.has(name) ? name : undefined;
}
