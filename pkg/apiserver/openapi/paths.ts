/** The operations of a resource as OpenAPI v3 paths: what kubectl reads to know which parameters a server takes. Pure. */
import { apiVersionOf, type ResourceDef, type Subresource, schema } from "#api/index.ts";
import { type Schema, schemaName } from "./schemas.ts";

const media = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"] as const;
const patchMedia = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
] as const;
const customMedia = media.filter((type) => !type.includes("protobuf"));
const customPatchMedia = patchMedia.filter((type) => !type.includes("strategic"));
const statusRef = "io.k8s.apimachinery.pkg.apis.meta.v1.Status";
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const query = (name: string, type: string): Schema => ({ name, in: "query", schema: { type, uniqueItems: true } });

const pretty = query("pretty", "string");
const writing = [query("dryRun", "string"), query("fieldManager", "string"), query("fieldValidation", "string")];
const listing = [
  query("allowWatchBookmarks", "boolean"),
  query("continue", "string"),
  query("fieldSelector", "string"),
  query("labelSelector", "string"),
  query("limit", "integer"),
  query("resourceVersion", "string"),
  query("resourceVersionMatch", "string"),
  query("sendInitialEvents", "boolean"),
  query("timeoutSeconds", "integer"),
  query("watch", "boolean"),
];
const deleting = [
  query("dryRun", "string"),
  query("gracePeriodSeconds", "integer"),
  query("ignoreStoreReadErrorWithClusterBreakingPotential", "boolean"),
  query("orphanDependents", "boolean"),
  query("propagationPolicy", "string"),
];
const unauthorized = { "401": { description: "Unauthorized" } };

const bodyOf = (name: string, types: readonly string[]): Schema => ({
  content: Object.fromEntries(types.map((type) => [type, { schema: ref(name) }])),
});

interface Target {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Schema of what is read and written. */
  readonly schema: string;
  /** Custom resources have neither protobuf nor strategic merge patches. */
  readonly isCustom: boolean;
}

interface Operation {
  readonly action: string;
  readonly id: string;
  readonly target: Target;
  readonly parameters: readonly Schema[];
  readonly answer?: string;
  readonly codes?: readonly string[];
  readonly body?: Schema;
}

function operation({
  action,
  id,
  target,
  parameters,
  answer = target.schema,
  codes = ["200"],
  body,
}: Operation): Schema {
  const { group, version, kind } = target;
  return {
    tags: [tagOf(target)],
    operationId: id,
    parameters: [...parameters],
    ...(body
      ? {
          requestBody: { ...body, ...(action === "delete" || action === "deletecollection" ? {} : { required: true }) },
        }
      : {}),
    responses: {
      ...Object.fromEntries(
        codes.map((code) => [code, { description: "OK", ...bodyOf(answer, target.isCustom ? customMedia : media) }]),
      ),
      ...unauthorized,
    },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": { group, kind, version },
  };
}

const tagOf = ({ group, version }: { group: string; version: string }) =>
  `${group === "" ? "core" : camel(group.split(".")[0]!)}_${version}`;
const camel = (text: string) => text;
const title = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

const nameParameter: Schema = {
  name: "name",
  in: "path",
  required: true,
  schema: { type: "string", uniqueItems: true },
};
const namespaceParameter: Schema = {
  name: "namespace",
  in: "path",
  required: true,
  schema: { type: "string", uniqueItems: true },
};

export function pathsOf(resource: ResourceDef): Record<string, Schema> {
  const { group, version, plural, namespaced, kind } = resource;
  const root = `/${group === "" ? "api" : "apis"}/${apiVersionOf({ group, version })}`;
  const collection = namespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`;
  const isCustom = !schema.types.has(resource.type);
  const target = { group, version, kind, schema: schemaName(resource.type), isCustom };
  const suffix = `${title(tagOf(target).replace("_v", "V"))}${namespaced ? "Namespaced" : ""}${kind}`;
  const shared = namespaced ? [namespaceParameter, pretty] : [pretty];
  const paths: Record<string, Schema> = {};
  const atCollection = collectionOperations(resource, target, suffix);
  if (Object.keys(atCollection).length > 0) paths[collection] = { ...atCollection, parameters: shared };
  const atItem = itemOperations(resource.verbs, target, suffix);
  if (Object.keys(atItem).length > 0)
    paths[`${collection}/{name}`] = { ...atItem, parameters: [nameParameter, ...shared] };
  if (namespaced && resource.verbs.includes("list")) {
    const id = `list${title(tagOf(target).replace("_v", "V"))}${kind}ForAllNamespaces`;
    paths[`${root}/${plural}`] = {
      get: operation({ action: "list", id, target, parameters: [], answer: `${target.schema}List` }),
      parameters: [...listing, pretty],
    };
  }
  for (const subresource of resource.subresources) {
    const operations = subresourceOperations(subresource, target, suffix);
    paths[`${collection}/{name}/${subresource.name}`] = { ...operations, parameters: [nameParameter, ...shared] };
  }
  return paths;
}

function collectionOperations({ verbs }: ResourceDef, target: Target, suffix: string): Record<string, Schema> {
  const out: Record<string, Schema> = {};
  if (verbs.includes("list")) {
    out["get"] = operation({
      action: "list",
      id: `list${suffix}`,
      target,
      parameters: listing,
      answer: `${target.schema}List`,
    });
  }
  if (verbs.includes("create")) {
    const body = bodyOf(target.schema, ["*/*"]);
    out["post"] = operation({
      action: "post",
      id: `create${suffix}`,
      target,
      parameters: writing,
      codes: ["200", "201", "202"],
      body,
    });
  }
  if (verbs.includes("deletecollection")) {
    const body = bodyOf("io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions", ["*/*"]);
    const parameters = [...deleting, ...listing.slice(1, -1)];
    out["delete"] = operation({
      action: "deletecollection",
      id: `deleteCollection${suffix}`,
      target,
      parameters,
      answer: statusRef,
      body,
    });
  }
  return out;
}

function itemOperations(verbs: readonly string[], target: Target, suffix: string): Record<string, Schema> {
  const out: Record<string, Schema> = {};
  if (verbs.includes("get")) out["get"] = operation({ action: "get", id: `read${suffix}`, target, parameters: [] });
  if (verbs.includes("update")) {
    const body = bodyOf(target.schema, ["*/*"]);
    out["put"] = operation({
      action: "put",
      id: `replace${suffix}`,
      target,
      parameters: writing,
      codes: ["200", "201"],
      body,
    });
  }
  if (verbs.includes("patch")) {
    const body = bodyOf("io.k8s.apimachinery.pkg.apis.meta.v1.Patch", target.isCustom ? customPatchMedia : patchMedia);
    const parameters = [...writing, query("force", "boolean")];
    out["patch"] = operation({
      action: "patch",
      id: `patch${suffix}`,
      target,
      parameters,
      codes: ["200", "201"],
      body,
    });
  }
  if (verbs.includes("delete")) {
    const body = bodyOf("io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions", ["*/*"]);
    out["delete"] = operation({
      action: "delete",
      id: `delete${suffix}`,
      target,
      parameters: deleting,
      answer: statusRef,
      codes: ["200", "202"],
      body,
    });
  }
  return out;
}

/** Those that read and write an object; connections (exec, proxy …) have no schema and take no body. */
function subresourceOperations(
  { name, group, version, kind, verbs }: Subresource,
  parent: Target,
  suffix: string,
): Record<string, Schema> {
  const target = kind.endsWith("Options")
    ? parent
    : { ...parent, group, version, kind, schema: schemaOfKind(group, version, kind, parent) };
  const id = `${suffix}${title(name)}`;
  const out = itemOperations(
    verbs.filter((verb) => verb !== "delete"),
    target,
    id,
  );
  if (verbs.includes("create")) {
    const body = bodyOf(target.schema, ["*/*"]);
    out["post"] = operation({
      action: "post",
      id: `create${id}`,
      target,
      parameters: writing,
      codes: ["200", "201", "202"],
      body,
    });
  }
  return out;
}

function schemaOfKind(group: string, version: string, kind: string, parent: Target): string {
  if (group === parent.group && version === parent.version) return parent.schema.replace(/[^.]+$/, kind);
  return schemaName(`${group === "" ? "core" : group}/${version}.${kind}`);
}
