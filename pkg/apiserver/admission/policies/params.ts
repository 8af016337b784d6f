/** The objects that a binding gives to its policy. */
import type { ParamKind, ParamRef } from "#api/types/admissionregistration.k8s.io/v1";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { StoredObject } from "#pkg/storage/types.ts";
import type { ServedResource } from "../../resources/served-resource.ts";
import type { ResourceTable } from "../../resources/table.ts";
import { inVersion } from "../matching/subject.ts";

/** The resources that are served now, by their kinds. Custom ones come and go. */
export class ServedKinds {
  readonly #table: ResourceTable;
  #byKind = new Map<string, ServedResource>();
  #generation = -1;

  constructor(table: ResourceTable) {
    this.#table = table;
  }

  /** Undefined: nobody serves it. */
  of({ apiVersion = "", kind = "" }: ParamKind): ServedResource | undefined {
    if (this.#generation !== this.#table.generation) this.#index();
    return this.#byKind.get(`${apiVersion} ${kind}`);
  }

  #index(): void {
    this.#generation = this.#table.generation;
    this.#byKind = new Map();
    for (const resource of this.#table) {
      const { kind, verbs } = resource.def;
      if (verbs.includes("watch")) this.#byKind.set(`${resource.apiVersion} ${kind}`, resource);
    }
  }
}

export interface ParamsRequest {
  readonly ref: ParamRef;
  /** Of the paramKind. */
  readonly resource: ServedResource;
  /** Of the request. */
  readonly namespace: string;
}

/** Throws an Error in upstream's words for a reference that cannot be followed. */
export async function collectParams({ ref, resource, namespace }: ParamsRequest): Promise<readonly KubeObject[]> {
  const place = placeOf(ref, resource, namespace);
  const found = ref.name ? await readOne(resource, place, ref.name) : await readSelected(resource, place, ref);
  if (found.length === 0 && ref.parameterNotFoundAction === "Deny") {
    throw new Error("no params found for policy binding with `Deny` parameterNotFoundAction");
  }
  const shown = found.map(async (object) => {
    const served = await inVersion(resource, object);
    return { ...served, apiVersion: resource.apiVersion, kind: resource.def.kind };
  });
  return Promise.all(shown);
}

function placeOf(ref: ParamRef, { def }: ServedResource, namespace: string): string {
  if (!def.namespaced) {
    if (ref.namespace) throw new Error("paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
    return "";
  }
  const place = ref.namespace || namespace;
  if (place !== "") return place;
  throw new Error("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
}

async function readOne(resource: ServedResource, place: string, name: string): Promise<KubeObject[]> {
  const stored = await resource.store.get(resource.keyOf(place, name), { kind: "any" });
  return stored ? [stored.object] : [];
}

async function readSelected(resource: ServedResource, place: string, { selector }: ParamRef): Promise<KubeObject[]> {
  if (!selector) throw new Error("one of name or selector must be provided");
  const wanted = labelSelectorFrom(selector);
  const { items } = await resource.store.list({
    prefix: resource.prefixOf(place),
    at: { kind: "any" },
    match: ({ object }: StoredObject) => wanted.matches(object.metadata.labels),
  });
  return items.map(({ object }) => object);
}
