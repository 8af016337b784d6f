/** Every recorded object through all verbs in protobuf. */
import { schema } from "#api/index.ts";
import { createBases, type RecordedBase } from "../../../recorded.ts";
import type { Scenario, Seen, Step } from "../../scenario.ts";
import { goldNamespace } from "../gold-namespace.ts";
import { accepting, get, protobuf, send, sendJson, versioned, view } from "./asking.ts";

type Json = Record<string, unknown>;

interface Named extends Json {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Json & { readonly name: string };
}

/** Lists of these hold what a server makes for itself, at its own time. */
const shared = new Set([
  ...["APIService", "Namespace", "FlowSchema", "PriorityLevelConfiguration", "Lease", "ServiceCIDR", "Event"],
  ...["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "IPAddress", "ConfigMap", "Endpoints"],
]);

function subresourcesOf({ apiVersion, kind }: Named): ReadonlySet<string> {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  const def = schema.resources.find((one) => one.group === group && one.version === version && one.kind === kind);
  return new Set(def?.subresources.map(({ name }) => name));
}

const last = ({ versions }: Seen): string | undefined => versions.get("last");

/** Answers from which an update may start. */
const kept = (step: Step): Step => ({ ...step, as: "last" });

function stepsOf({ url, object: sent, stored }: RecordedBase): Scenario["steps"] {
  const object = sent as Named;
  const { name } = object.metadata;
  const collection = url.split("?", 1)[0] ?? "";
  const path = `${collection}/${name}`;
  const own = `${collection}?fieldSelector=metadata.name%3D${name}`;
  const list = shared.has(object.kind) ? own : collection;
  const changed = { ...object, metadata: { ...object.metadata, labels: { changed: "yes" } } };
  const options = { apiVersion: "v1", kind: "DeleteOptions", gracePeriodSeconds: 0 };
  const sub = subresourcesOf(object);
  return [
    send("POST", `${collection}?dryRun=All`, object),
    kept(send("POST", collection, object)),
    send("POST", collection, object),
    kept(get(path)),
    get(path, { accept: view("PartialObjectMetadata") }),
    get(path, { accept: view("Table") }),
    get(list),
    get(list, { accept: view("PartialObjectMetadataList") }),
    get(list, { accept: `${view("Table")},application/json;as=Table;v=v1;g=meta.k8s.io` }),
    sendJson(
      "PATCH",
      path,
      [{ op: "add", path: "/metadata/labels", value: { a: "1" } }],
      "application/json-patch+json",
    ),
    sendJson("PATCH", path, { metadata: { annotations: { b: "2" } } }, "application/merge-patch+json"),
    kept(sendJson("PATCH", path, { metadata: { labels: { c: "3" } } }, "application/strategic-merge-patch+json")),
    (seen) => kept(send("PUT", path, versioned(changed, last(seen)))),
    (seen) => kept(send("PUT", path, versioned(changed, last(seen)))),
    send("PUT", path, versioned(changed, "1")),
    ...(sub.has("status") ? statusSteps(path, { ...object, ...statusOf(stored) }) : []),
    ...(sub.has("scale") ? [get(`${path}/scale`)] : []),
    sendJson("PATCH", `${path}?fieldManager=m&force=true`, object, "application/apply-patch+yaml"),
    send("PATCH", path, object),
    send("DELETE", `${path}?dryRun=All`, options),
    sendJson("PATCH", path, { metadata: { finalizers: null } }, "application/merge-patch+json"),
    send("DELETE", path, options),
    get(path),
    { method: "DELETE", path, headers: accepting },
    get(path),
  ];
}

const statusOf = (stored: Json): Json => (stored["status"] === undefined ? {} : { status: stored["status"] });

function statusSteps(path: string, object: Json): Scenario["steps"] {
  const status = `${path}/status`;
  return [
    kept(get(status)),
    (seen) => kept(send("PUT", status, versioned(object, last(seen)))),
    kept(sendJson("PATCH", status, { metadata: { annotations: { s: "1" } } }, "application/merge-patch+json")),
    get(status, { accept: view("PartialObjectMetadata") }),
  ];
}

const kinds = [...createBases()].map(
  ([name, base]): Scenario => ({ name: `protobuf of every kind: ${name}`, steps: stepsOf(base) }),
);

const creations: Scenario = {
  name: "protobuf of every kind: all are there",
  steps: [...createBases().values()].map(({ url, object }) => sendJson("POST", url.split("?", 1)[0] ?? "", object)),
};

const nameOf = (object: Json): string => (object as Named).metadata.name;

function watchesOf({ url, object }: RecordedBase): Step[] {
  const one = `fieldSelector=metadata.name%3D${nameOf(object)}`;
  const path = `${url.split("?", 1)[0]}?watch=true&timeoutSeconds=1&resourceVersion=0&${one}`;
  return [get(path), get(path, { accept: view("PartialObjectMetadata") })];
}

const watches: Scenario = {
  name: "protobuf of every kind: watches",
  together: true,
  steps: [...createBases().values()].flatMap(watchesOf),
};

const deletions: Scenario = {
  name: "protobuf of every kind: all are gone",
  steps: [...createBases().values()].map(({ url, object }) => ({
    method: "DELETE",
    path: `${url.split("?", 1)[0]}/${nameOf(object)}?gracePeriodSeconds=0`,
    headers: { accept: `${protobuf},application/json` },
  })),
};

export const protobufKinds: readonly Scenario[] = [
  goldNamespace("protobuf of every kind: their namespace"),
  ...kinds,
  creations,
  watches,
  deletions,
];
