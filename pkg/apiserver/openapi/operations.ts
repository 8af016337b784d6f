/** What can be asked of a resource: method and path, parameters, bodies and answers, as the OpenAPI documents tell it. Pure. */
import { apiVersionOf, type ResourceDef, type Scalar, type Subresource, schema, type TypeRef } from "#api/index.ts";
import { answersWithObject } from "../resources/deletion-answer.ts";
import { operationText } from "./operation-texts.ts";
import { deleting, listing, namePart, namespacePart, type Parameter, pretty, query, writing } from "./parameters.ts";
import { schemaName } from "./schemas.ts";

export type Method = "get" | "put" | "post" | "delete" | "options" | "head" | "patch";

export interface Operation {
  readonly path: string;
  readonly method: Method;
  readonly id: string;
  readonly tag: string;
  /** What it does. */
  readonly description: string;
  /** `x-kubernetes-action`; absent: about the server, not about a resource. */
  readonly action?: string;
  readonly of?: { readonly group: string; readonly version: string; readonly kind: string };
  readonly parameters: readonly Parameter[];
  readonly body?: { readonly schema: string; readonly required: boolean };
  /** Codes of success → name of the schema; `string`: plain text. */
  readonly answers: Readonly<Record<string, string>>;
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
}

const meta = "io.k8s.apimachinery.pkg.apis.meta.v1";
export const objectMedia = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"] as const;
const streams = ["application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"] as const;
const patchMedia = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
] as const;
const anything = ["*/*"] as const;
const isProtobuf = (type: string): boolean => type.includes("protobuf");

/** `flowcontrol.apiserver.k8s.io` → `flowcontrolApiserver`. */
export function groupWord(group: string): string {
  if (group === "") return "core";
  const [first = "", ...rest] = group.replace(/\.k8s\.io$/, "").split(".");
  return first + rest.map(title).join("");
}

export const title = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const tagOf = ({ group, version }: { group: string; version: string }): string =>
  `${groupWord(group)}_${version}`;

/** One resource and how its operations are called. */
class Resource {
  readonly def: ResourceDef;
  readonly root: string;
  readonly collection: string;
  readonly schema: string;
  readonly isCustom: boolean;
  readonly media: readonly string[];
  readonly #word: string;

  constructor(def: ResourceDef) {
    const { group, version, plural, namespaced } = def;
    this.def = def;
    this.root = `/${group === "" ? "api" : "apis"}/${apiVersionOf({ group, version })}`;
    this.collection = namespaced ? `${this.root}/namespaces/{namespace}/${plural}` : `${this.root}/${plural}`;
    this.schema = schemaName(def.type);
    this.isCustom = !schema.types.has(def.type);
    this.media = this.isCustom ? objectMedia.filter((type) => !isProtobuf(type)) : objectMedia;
    this.#word = `${title(groupWord(group))}${title(version)}`;
  }

  /** `scope`: `Namespaced`, `Collection` and the like, before the kind. */
  id(verb: string, { scope = "", suffix = "" } = {}): string {
    const namespaced = this.def.namespaced && !suffix.endsWith("ForAllNamespaces") ? "Namespaced" : "";
    return `${verb}${this.#word}${scope}${namespaced}${this.def.kind}${suffix}`;
  }

  get item(): string {
    return `${this.collection}/{name}`;
  }

  get place(): readonly Parameter[] {
    return this.def.namespaced ? [namespacePart, pretty] : [pretty];
  }

  /** `kind`: of what a subresource shows or takes. */
  itemPlace(kind = this.def.kind): readonly Parameter[] {
    return [namePart(kind), ...this.place];
  }

  operation(of: Partial<Operation> & Pick<Operation, "path" | "method" | "id" | "action">): Operation {
    const { group, version, kind, verbs } = this.def;
    const [, subresource] = of.path.startsWith(`${this.item}/`) ? of.path.slice(this.item.length).split("/") : [];
    const { action, method } = of;
    const isWatched = verbs.includes("watch") && !this.isCustom;
    return {
      tag: tagOf(this.def),
      description: operationText({ action, method, kind, subresource, isWatched }),
      of: { group, version, kind },
      parameters: [],
      answers: { "200": this.schema },
      consumes: this.isCustom ? this.media : anything,
      produces: this.media,
      ...of,
    };
  }
}

export function operationsOf(def: ResourceDef): Operation[] {
  const resource = new Resource(def);
  return [
    ...collectionOperations(resource),
    ...itemOperations(resource),
    ...watchOperations(resource),
    ...def.subresources.flatMap((subresource) => subresourceOperations(resource, subresource)),
  ];
}

function collectionOperations(resource: Resource): Operation[] {
  const { def, collection, place } = resource;
  const out: Operation[] = [];
  const lists = { action: "list", answers: { "200": `${resource.schema}List` }, produces: listMedia(resource) };
  if (def.verbs.includes("list")) {
    const parameters = [...listing, ...place];
    out.push(resource.operation({ ...lists, path: collection, method: "get", id: resource.id("list"), parameters }));
  }
  if (def.verbs.includes("create")) {
    const answers = { "200": resource.schema, "201": resource.schema, "202": resource.schema };
    const body = { schema: resource.schema, required: true };
    const parameters = [...writing, ...place];
    const made = { path: collection, method: "post", action: "post", id: resource.id("create") } as const;
    out.push(resource.operation({ ...made, answers, body, parameters }));
  }
  if (def.verbs.includes("deletecollection")) {
    // Upstream's documents of custom resources tell of the list that is deleted only.
    const query = resource.isCustom ? listing : [...deleting, ...listing.filter(isOfCollections)];
    const parameters = [...query, ...place];
    const id = resource.id("delete", { scope: "Collection" });
    const gone = { path: collection, method: "delete", action: "deletecollection", id } as const;
    const { body, answers } = deletion(`${meta}.Status`, ["200"]);
    out.push(resource.operation({ ...gone, answers, ...(resource.isCustom ? {} : { body }), parameters }));
  }
  if (def.namespaced && def.verbs.includes("list")) {
    const id = resource.id("list", { suffix: "ForAllNamespaces" });
    const path = `${resource.root}/${def.plural}`;
    out.push(resource.operation({ ...lists, path, method: "get", id, parameters: [...listing, pretty] }));
  }
  return out;
}

const listMedia = ({ media, isCustom }: Resource): readonly string[] => (isCustom ? media : [...media, ...streams]);

const isOfReading = ({ name }: Parameter): boolean => name === "resourceVersion";
const isOfCollections = ({ name }: Parameter): boolean => name !== "allowWatchBookmarks" && name !== "watch";

const deletion = (answer: string, codes: readonly string[]) => ({
  body: { schema: `${meta}.DeleteOptions`, required: false },
  answers: Object.fromEntries(codes.map((code) => [code, answer])),
});

function itemOperations(resource: Resource): Operation[] {
  const { def, item } = resource;
  const out = def.verbs.flatMap((verb) => objectOperation(resource, verb, { path: item, suffix: "" }));
  if (def.verbs.includes("delete")) {
    const answer = answersWithObject(def) ? resource.schema : `${meta}.Status`;
    const gone = { path: item, method: "delete", action: "delete", id: resource.id("delete") } as const;
    const parameters = [...deleting, ...resource.itemPlace()];
    out.push(resource.operation({ ...gone, ...deletion(answer, ["200", "202"]), parameters }));
  }
  return out;
}

interface At {
  readonly path: string;
  readonly suffix: string;
  /** Of a subresource that shows another kind. */
  readonly shown?: { readonly schema: string; readonly of: NonNullable<Operation["of"]> };
}

/** Reading, replacing and patching, of an object or of a subresource that shows it. */
function objectOperation(resource: Resource, verb: string, { path, suffix, shown }: At): Operation[] {
  const name = shown?.schema ?? resource.schema;
  const of = shown && !resource.isCustom ? { of: shown.of } : {};
  const place = resource.itemPlace(resource.isCustom ? undefined : shown?.of.kind);
  const twice = { "200": name, "201": name };
  switch (verb) {
    case "get": {
      const read = { path, method: "get", action: "get", id: resource.id("read", { suffix }) } as const;
      const parameters = resource.isCustom ? [...listing.filter(isOfReading), ...place] : place;
      return [resource.operation({ ...of, ...read, answers: { "200": name }, parameters })];
    }
    case "update": {
      const put = { path, method: "put", action: "put", id: resource.id("replace", { suffix }) } as const;
      const body = { schema: name, required: true };
      return [resource.operation({ ...of, ...put, answers: twice, body, parameters: [...writing, ...place] })];
    }
    case "patch": {
      const patch = { path, method: "patch", action: "patch", id: resource.id("patch", { suffix }) } as const;
      const consumes = resource.isCustom ? patchMedia.filter((type) => !type.includes("strategic")) : patchMedia;
      const body = { schema: `${meta}.Patch`, required: true };
      const parameters = [...writing, query("force", "boolean"), ...place];
      const answers = resource.isCustom ? { "200": name } : twice;
      return [resource.operation({ ...of, ...patch, answers, body, consumes, parameters })];
    }
    default:
      return [];
  }
}

/** The older paths below `/watch/`. */
function watchOperations(resource: Resource): Operation[] {
  const { def, root, isCustom } = resource;
  if (!def.verbs.includes("watch") || isCustom) return [];
  const below = (path: string) => path.replace(root, `${root}/watch`);
  const shared = { method: "get", answers: { "200": `${meta}.WatchEvent` }, produces: listMedia(resource) } as const;
  const all = { ...shared, action: "watchlist" } as const;
  const out = [
    resource.operation({
      ...all,
      path: below(resource.collection),
      id: resource.id("watch", { suffix: "List" }),
      parameters: [...listing, ...resource.place],
    }),
    resource.operation({
      ...shared,
      action: "watch",
      path: below(resource.item),
      id: resource.id("watch"),
      parameters: [...listing, ...resource.itemPlace()],
    }),
  ];
  if (def.namespaced) {
    const id = resource.id("watch", { suffix: "ListForAllNamespaces" });
    const path = below(`${root}/${def.plural}`);
    out.push(resource.operation({ ...all, path, id, parameters: [...listing, pretty] }));
  }
  return out;
}

function subresourceOperations(resource: Resource, subresource: Subresource): Operation[] {
  const { name, group, version, kind, verbs } = subresource;
  const path = `${resource.item}/${name}`;
  const suffix = title(name);
  if (kind.endsWith("Options")) return connections(resource, subresource, path);
  if (name === "log") return [logOperation(resource, path)];
  const own = kind === resource.def.kind;
  const shown = own ? {} : { shown: { schema: shownSchema(resource, subresource), of: { group, version, kind } } };
  const out = verbs.flatMap((verb) => objectOperation(resource, verb, { path, suffix, ...shown }));
  if (!verbs.includes("create")) return out;
  const made = shown.shown?.schema ?? resource.schema;
  out.push(
    resource.operation({
      path,
      method: "post",
      action: "post",
      id: resource.id("create", { suffix }),
      of: { group, version, kind },
      answers: { "200": made, "201": made, "202": made },
      body: { schema: made, required: true },
      parameters: [...writing, ...resource.itemPlace(kind)],
    }),
  );
  return out;
}

function shownSchema({ def, schema: own }: Resource, { group, version, kind }: Subresource): string {
  if (group === def.group && version === def.version) return own.replace(/[^.]+$/, kind);
  return schemaName(`${group === "" ? "core" : group}/${version}.${kind}`);
}

const proxyMethods: readonly Method[] = ["get", "put", "post", "delete", "options", "head", "patch"];
const connectMethods: readonly Method[] = ["get", "post"];

/** exec, attach, portforward, proxy: any bytes both ways, asked for by the fields of their options. */
function connections(resource: Resource, { name, kind }: Subresource, path: string): Operation[] {
  const place = [namePart(kind), ...(resource.def.namespaced ? [namespacePart] : [])];
  const options = optionParameters(`core/v1.${kind}`);
  const { group, version } = resource.def;
  const one = (method: Method, at: string, parameters: readonly Parameter[], suffix: string): Operation =>
    resource.operation({
      path: at,
      method,
      action: "connect",
      id: resource.id(`connect`, { suffix }).replace(/^connect([A-Z][A-Za-z]*?V\d+)/, `connect$1${title(method)}`),
      of: { group, version, kind },
      answers: { "200": "string" },
      produces: anything,
      parameters,
    });
  const isProxy = name === "proxy";
  const methods = isProxy ? proxyMethods : connectMethods;
  const own = methods.map((method) => one(method, path, [...options, ...place], title(name)));
  if (!isProxy) return own;
  const rest: Parameter = { name: "path", in: "path", type: "string", description: "path to the resource" };
  const below = `${path}/{path}`;
  return [
    ...own,
    ...methods.map((method) => one(method, below, [...options, ...place, rest], `${title(name)}WithPath`)),
  ];
}

function logOperation(resource: Resource, path: string): Operation {
  return resource.operation({
    path,
    method: "get",
    action: "get",
    id: resource.id("read", { suffix: "Log" }),
    answers: { "200": "string" },
    produces: ["text/plain", ...resource.media],
    parameters: [...optionParameters("core/v1.PodLogOptions").filter(isPlainLog), ...resource.itemPlace()],
  });
}

/** Upstream's document leaves this one out: its type is none that a query has. */
const isPlainLog = ({ name }: Parameter): boolean => name !== "sinceTime";

const parameterTypes: Partial<Record<Scalar, Parameter["type"]>> = {
  bool: "boolean",
  int32: "integer",
  int64: "integer",
};

function optionParameters(type: string): Parameter[] {
  const fields = schema.types.get(type)?.fields ?? [];
  return fields.map(({ name, type: of }) => query(name, parameterType(of)));
}

function parameterType(type: TypeRef): Parameter["type"] {
  if (type.kind === "list") return parameterType(type.of);
  return (type.kind === "scalar" ? parameterTypes[type.scalar] : undefined) ?? "string";
}
